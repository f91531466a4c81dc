// SPDX-License-Identifier: Apache-2.0
/// @file
/// `--baseline`: figures held against those of an earlier table, `mien evaluate --csv`'s or
/// `mien compare --csv`'s.
#ifndef MIEN_HOST_CLI_BASELINE_H
#define MIEN_HOST_CLI_BASELINE_H

#include "host/cli/change.h"

typedef struct mien_baseline mien_baseline;

/// Reads the table. `tolerances` are borrowed; `significant` is mien_change_judge()'s. Free with
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
