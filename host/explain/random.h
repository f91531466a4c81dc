// SPDX-License-Identifier: Apache-2.0
/// @file
/// Random numbers that are the same each time: splitmix64, by Sebastiano Vigna, in the public
/// domain. A generator is its state, which may begin with any number.
#ifndef MIEN_HOST_EXPLAIN_RANDOM_H
#define MIEN_HOST_EXPLAIN_RANDOM_H

#include <math.h>
#include <stdint.h>

static inline uint64_t mien_random_bits(uint64_t *state) {
    uint64_t bits = *state += 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return bits ^ (bits >> 31);
}

/// From 0 to below 1.
static inline double mien_random_share(uint64_t *state) {
    return (double)(mien_random_bits(state) >> 11) * 0x1p-53;
}

/// Of the normal distribution, by Box and Muller.
static inline double mien_random_normal(uint64_t *state) {
    double radius = sqrt(-2 * log(1 - mien_random_share(state)));
    return radius * cos(6.283185307179586 * mien_random_share(state));
}

/// Below `count`, which is at least 1.
static inline uint64_t mien_random_below(uint64_t *state, uint64_t count) {
    return (uint64_t)(mien_random_share(state) * (double)count);
}

#endif
