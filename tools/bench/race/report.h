// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a race says: a table of ratios for people, an object a peer for programs.
#ifndef TOOLS_BENCH_RACE_REPORT_H
#define TOOLS_BENCH_RACE_REPORT_H

#include "tools/bench/race/race.h"

#include "host/cli/text_table.h"

typedef struct mien_race_report {
    mien_text_table *table; ///< NULL: JSON
    bool fastest;           ///< the fastest runs were compared, not the medians
    size_t rows, met;       ///< cases, and those whose ratio is within the target
} mien_race_report;

/// Begins a table whose columns are the engines, or JSON. End it with mien_race_report_end().
/// Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status
mien_race_report_begin(mien_race_report *report, mien_race_engine *const engines[MIEN_RACE_ENGINES],
                       bool json, mien_error *error);

/// One case. `target`: the largest ratio to the faster peer that is aimed for. JSON is written at
/// once. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_race_report_add(mien_race_report *report,
                                                 mien_race_engine *const engines[MIEN_RACE_ENGINES],
                                                 const mien_race_case *what,
                                                 const mien_race_result *result, double target,
                                                 mien_error *error);

/// Writes the table, and how many targets were met. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_race_report_end(mien_race_report *report, mien_error *error);

#endif
