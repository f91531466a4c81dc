// SPDX-License-Identifier: Apache-2.0
/// @file
/// A figure then and now: how much worse it may be (`--tolerance`), whether it is, and whether luck
/// explains it.
#ifndef MIEN_HOST_CLI_CHANGE_H
#define MIEN_HOST_CLI_CHANGE_H

#include "host/cli/gates.h"

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

/// What a figure was, and what it is. NAN: not known.
typedef struct mien_change {
    double before, now;
    mien_interval interval_before, interval_now; ///< where the figure has them
    uint32_t pictures_before, pictures_now;
} mien_change;

/// Adds a verdict. `source` is where it was otherwise, for the message. `significant`: a figure
/// with an interval is worse only where that is no luck: the accuracy by Fisher's exact test at the
/// level of 5 %, the others where the two intervals are apart. Where it was not known before, there
/// is nothing to be worse than. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_change_judge(const mien_change *change,
                                              const mien_tolerance *tolerance, bool significant,
                                              const char *source, const char *model,
                                              mien_verdicts *verdicts, mien_error *error);

#endif
