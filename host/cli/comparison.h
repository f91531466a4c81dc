// SPDX-License-Identifier: Apache-2.0
/// @file
/// Answers of several models to one picture, as a table and as JSON, aligned by class name.
#ifndef MIEN_HOST_CLI_COMPARISON_H
#define MIEN_HOST_CLI_COMPARISON_H

#include "host/cli/shared.h"
#include "mien/graph.h"

#include <stdio.h>

enum { MIEN_COMPARISON_DRAWN = 4 }; ///< classes a model has in a drawing

/// One model. Texts and arrays are owned.
typedef struct mien_comparison_row {
    char *name;
    char **classes;
    double *probabilities;
    size_t class_count;
    double milliseconds;
    bool has_cost; ///< of models whose plugin declares a graph
    mien_cost cost;
    uint64_t weights_bytes;
    mien_error error; ///< MIEN_OK: the members above hold
} mien_comparison_row;

typedef struct mien_comparison {
    const char *path;
    const mien_picture *picture;
    const mien_rectangle *crop; ///< NULL: none
    uint32_t threads;
    mien_comparison_row *rows;
    size_t count;
} mien_comparison;

/// Frees the rows.
void mien_comparison_clear(mien_comparison *comparison);

/// Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_comparison_write_table(const mien_comparison *comparison,
                                                        FILE *file, mien_error *error);
MIEN_MUST_CHECK mien_status mien_comparison_write_json(const mien_comparison *comparison,
                                                       FILE *file, mien_error *error);

#endif
