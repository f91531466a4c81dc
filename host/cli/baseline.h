// SPDX-License-Identifier: Apache-2.0
/// @file
/// `--baseline`: figures held against those of an earlier table, `mien evaluate --csv`'s or
/// `mien compare --csv`'s.
#ifndef MIEN_HOST_CLI_BASELINE_H
#define MIEN_HOST_CLI_BASELINE_H

#include "host/cli/gates.h"
#include "host/cli/options.h"

/// How much worse one figure may be.
typedef struct mien_tolerance {
    const char *text; ///< as given
    size_t figure;
    double amount;
    bool relative; ///< `amount` is a part of the earlier value
} mien_tolerance;

/// Reads "accuracy=0.01", "p95_ms=20%", or "0.01", which is the accuracy's. Errors:
/// MIEN_INVALID_ARGUMENT.
MIEN_MUST_CHECK mien_status mien_tolerance_parse(const char *text, mien_tolerance *tolerance,
                                                 mien_error *error);

typedef struct mien_baseline mien_baseline;

/// Reads the table. `tolerances` are borrowed; with none, the accuracy must not be lower.
/// `significant`: a figure with an interval is worse only where that is no luck: the accuracy by
/// Fisher's exact test at the level of 5 %, the others where the two intervals are apart. Free with
/// mien_baseline_free(). Errors: mien_csv_read()'s, MIEN_BAD_INPUT (a column is missing: a table of
/// something else, or of an older schema).
MIEN_MUST_CHECK mien_status mien_baseline_read(const char *path, const mien_tolerance *tolerances,
                                               size_t count, bool significant,
                                               mien_baseline **baseline, mien_error *error);
/// NULL is allowed.
void mien_baseline_free(mien_baseline *baseline);

/// Adds a verdict a tolerance for a row without an error. What it is held against is the table's
/// last row of the same model, data set, split, classes and --flip that has no error; where there
/// is none, that is a verdict, too. Errors: MIEN_BAD_INPUT (a number in the table is none),
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_baseline_judge(const mien_baseline *baseline,
                                                const mien_evaluation *evaluation,
                                                const mien_evaluation_row *row,
                                                mien_verdicts *verdicts, mien_error *error);

#endif
