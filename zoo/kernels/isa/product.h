// SPDX-License-Identifier: Apache-2.0
/// @file
/// The innermost loop of a matrix product: a few rows times a panel of two vectors.
#ifndef MIEN_KERNELS_ISA_PRODUCT_H
#define MIEN_KERNELS_ISA_PRODUCT_H

#include "zoo/kernels/isa/vector.h"

#define PANEL (2 * LANES)

/// Rows that fill the registers: an accumulator takes two vectors a row.
#if LANES == 16
#define BLOCK_ROWS 12
#else
#define BLOCK_ROWS 6
#endif

/// total[row] += a[row][0…depth) · b, where b is {depth, PANEL} and rows of a are `stride` apart.
INLINE void panel_product(const float *a, size_t stride, const float *b, size_t depth,
                          vector total[BLOCK_ROWS][2], const size_t rows) {
    for (size_t k = 0; k < depth; k++) {
        vector first = load(b + k * PANEL), second = load(b + k * PANEL + LANES);
#pragma GCC unroll 12
        for (size_t row = 0; row < rows; row++) {
            vector scale = splat(a[row * stride + k]);
            total[row][0] += scale * first;
            total[row][1] += scale * second;
        }
    }
}

#endif
