// SPDX-License-Identifier: Apache-2.0
/// @file
/// Random numbers without a state: each is a hash of what it is for, so that a run that goes on
/// from a checkpoint, or on other processes, draws what an unbroken one would.
#ifndef MIEN_HOST_STATELESS_RANDOM_H
#define MIEN_HOST_STATELESS_RANDOM_H

#include <stdint.h>

/// Spreads every bit over all: the last step of splitmix64 (Steele et al., 2014).
static inline uint64_t mien_mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/// 64 random bits of one draw. Each part is mixed in before the next comes, so that no two steps
/// draw the same row of numbers a place apart.
static inline uint64_t mien_draw(uint64_t seed, uint64_t step, uint64_t stream, uint64_t index) {
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t key = mien_mix(mien_mix(seed + odd) + (stream + 1) * odd);
    return mien_mix(mien_mix(key + (step + 1) * odd) + (index + 1) * odd);
}

/// 0 ≤ x < 1 from 64 random bits.
static inline double mien_unit(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

#endif
