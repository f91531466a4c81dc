// SPDX-License-Identifier: Apache-2.0
/// @file
/// Files of results, gathered into one document for a page (results.js shows it):
///
///  - JSON, one object or many: what `mien evaluate --json` and `mien compare --data --json` write
///    (an object with "models"), and rows that name a "model" each, as sweeps write them
///  - comma-separated tables: what --csv writes, and history.csv of a training run
///  - pictures (JPEG, PNG): sheets, taken as they are
///
/// What a file is shows in its first bytes, not in its name.
#ifndef MIEN_HOST_PAGE_RESULTS_H
#define MIEN_HOST_PAGE_RESULTS_H

#include "mien/status.h"

#include <stdbool.h>
#include <yyjson.h>

typedef struct mien_results {
    yyjson_mut_doc *document;
    yyjson_mut_val *sources, *comparisons, *rows, *runs, *sheets; ///< the document's lists
    const char *pictures;    ///< folder that paths of pictures start at; NULL: the current one
    bool no_pictures;        ///< leave out the pictures that models disagreed on
    size_t shown, missing;   ///< pictures of disagreements, and those that could not be read
    mien_error first;        ///< why, of the first of these
    size_t torn;             ///< rows that were cut off (host/cli/torn.h), and passed over
    bool (*cancelled)(void); ///< asked between pictures; NULL: never
} mien_results;

/// Nothing gathered yet. `pictures` and `cancelled` are borrowed and may be NULL. Free with
/// mien_results_clear(), also after a failure. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_results_begin(mien_results *results, const char *pictures,
                                               bool (*cancelled)(void), mien_error *error);

/// Adds all that a file holds. Pictures that models disagreed on are read and shrunk; one that
/// cannot be read is counted, and is no error. Errors: MIEN_NOT_FOUND, MIEN_BAD_INPUT (none of the
/// above, of another schema), MIEN_CANCELLED, MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_results_add(mien_results *results, const char *path,
                                             mien_error *error);

/// What they are about: the first comparison's data set, else the first file's name. Borrowed.
const char *mien_results_subject(const mien_results *results);

/// Frees the document and zeroes the struct.
void mien_results_clear(mien_results *results);

#endif
