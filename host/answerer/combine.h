// SPDX-License-Identifier: Apache-2.0
/// @file
/// How members' logits become one answer.
#ifndef MIEN_HOST_ANSWERER_COMBINE_H
#define MIEN_HOST_ANSWERER_COMBINE_H

#include "host/manifest.h"

/// Everything by member; borrowed.
typedef struct mien_combination {
    mien_ensemble_rule rule;
    size_t members, classes;
    const double *weights;      ///< soft, hard: over 0, not normalised
    const double *temperatures; ///< over 0; each divides a member's logits first
    const double *coefficients; ///< stack: members × classes (answered) × classes (said)
    const double *intercepts;   ///< stack: classes
} mien_combination;

/// Combines one picture's ballots, members × classes logits, into `answer`: log probabilities, or,
/// of a single soft voter, its logits over the temperature. The member `without` does not vote,
/// where there is such a one. At least one must be left. `scratch` is 2 × classes. [any thread]
void mien_combine(const mien_combination *how, size_t without, const float *ballots,
                  double *scratch, float *answer);

/// Log softmax of logits over a temperature, in double. [any thread]
void mien_log_probabilities(const float *logits, size_t count, double temperature, double *logs);

#endif
