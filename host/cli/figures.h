// SPDX-License-Identifier: Apache-2.0
/// @file
/// Everything that is measured of a model over a data set, by the name that tables, gates and
/// baselines call it.
#ifndef MIEN_HOST_CLI_FIGURES_H
#define MIEN_HOST_CLI_FIGURES_H

#include "host/cli/evaluation.h"

typedef struct mien_named_figure {
    const char *name; ///< "accuracy", "p95_ms": as in CSV and JSON
    bool larger_is_better;
    bool has_interval; ///< NAME_low and NAME_high are its ends
    bool is_count;     ///< a whole number, told to its last digit
    bool needs_costs;  ///< latency and the like were measured
    bool needs_votes;
    bool needs_maps; ///< how faithful maps are was measured
} mien_named_figure;

extern const mien_named_figure mien_named_figures[];
extern const size_t mien_named_figure_count;

/// The value or an end of its interval.
typedef enum mien_figure_part { MIEN_PART_VALUE, MIEN_PART_LOW, MIEN_PART_HIGH } mien_figure_part;

/// Finds "accuracy" or "accuracy_low", `length` bytes long. Errors: MIEN_INVALID_ARGUMENT (names
/// the nearest, and all there are).
MIEN_MUST_CHECK mien_status mien_named_figure_find(const char *name, size_t length, size_t *index,
                                                   mien_figure_part *part, mien_error *error);

/// The figure of a row without an error; NAN where the model has none.
double mien_named_figure_value(const mien_evaluation_row *row, size_t index, mien_figure_part part);

#endif
