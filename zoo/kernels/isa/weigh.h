// SPDX-License-Identifier: Apache-2.0
/// @file
/// A row of attention's scores as weights, for the way forward and the way back.
#ifndef MIEN_KERNELS_ISA_WEIGH_H
#define MIEN_KERNELS_ISA_WEIGH_H

#include "zoo/kernels/isa/vector.h"

#include <math.h>

/// Turns `tokens` scores into e^(scale·(score − largest)), the rest of `padded` into nothing, and
/// returns their sum. `padded` is a multiple of LANES.
INLINE float weigh(float *scores, size_t tokens, size_t padded, float scale) {
    for (size_t i = tokens; i < padded; i++) {
        scores[i] = -INFINITY;
    }
    vector top = load(scores), total = {0};
    for (size_t i = LANES; i < padded; i += LANES) {
        top = larger(load(scores + i), top);
    }
    float most = largest(top);
    for (size_t i = 0; i < padded; i += LANES) {
        vector weight = exponential((load(scores + i) - most) * scale);
        store(scores + i, weight);
        total += weight;
    }
    return sum(total);
}

#endif
