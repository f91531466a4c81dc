// SPDX-License-Identifier: Apache-2.0
/// @file
/// The innermost loop of a matrix product: a few rows times a panel of two vectors.
#ifndef MIEN_KERNELS_ISA_PRODUCT_H
#define MIEN_KERNELS_ISA_PRODUCT_H

#include "zoo/kernels/isa/vector.h"

#define PANEL (2 * LANES)

/// Rows that fill the vector registers (an accumulator takes two a row, of 16 or of 32) and leave
/// enough other registers for a pointer to each row.
#if LANES == 16 || defined(__aarch64__)
#define BLOCK_ROWS 8
#else
#define BLOCK_ROWS 6
#endif

enum {
    CACHE_LINE = 64 / sizeof(float),
    /// How far in front of its use the right side is asked for. Weights come from the last level of
    /// the cache, or from memory, and the processor's own prefetching ends at each page: with it,
    /// layers of 10 MB and more took 0.7 of their time on an Intel server, and no less on others.
    AHEAD = 2048,
};

/// total[row] += a[row][0…length) · b, where b is {length, PANEL}; `rows` is a constant, so that
/// all of `total` stays in registers.
INLINE void panel_product(const float *const a[BLOCK_ROWS], const float *b, size_t length,
                          vector total[BLOCK_ROWS][2], const int rows) {
    for (size_t k = 0; k < length; k++, b += PANEL) {
        vector first = load(b), second = load(b + LANES);
        for (size_t line = 0; line < PANEL; line += CACHE_LINE) {
            __builtin_prefetch(b + AHEAD + line);
        }
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) {
            vector scale = splat(a[row][k]);
            total[row][0] += scale * first;
            total[row][1] += scale * second;
        }
    }
}

#endif
