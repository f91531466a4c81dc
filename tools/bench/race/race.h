// SPDX-License-Identifier: Apache-2.0
/// @file
/// A race: engines take turns on one case, so that what the machine does beside hits them alike.
#ifndef TOOLS_BENCH_RACE_RACE_H
#define TOOLS_BENCH_RACE_RACE_H

#include "tools/bench/race/engine.h"

typedef struct mien_race_rules {
    double seconds; ///< for each engine
    bool fastest;   ///< its fastest run counts, for a machine that is busy; else the median
} mien_race_rules;

typedef struct mien_race_result {
    double milliseconds[MIEN_RACE_ENGINES];
    double
        difference[MIEN_RACE_ENGINES]; ///< from ours: of a picture's logits, over its largest one
    size_t runs[MIEN_RACE_ENGINES];
} mien_race_result;

/// Loads the case into each engine, compares their logits with torch's and with ours, and races
/// them. Errors: MIEN_BAD_INPUT (logits differ by more than 1e-3 relative), an
/// engine's, MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_race_run(mien_race_engine *const engines[MIEN_RACE_ENGINES],
                                          const mien_race_case *what, const mien_race_rules *rules,
                                          mien_race_result *result, mien_error *error);

#endif
