// SPDX-License-Identifier: Apache-2.0
/// @file
/// Matrix products with packed weights, the work inside convolutions and linear layers.
///
/// XNNPACK has such kernels too, but Debian's build of those for AVX2 keeps an accumulator in
/// memory and so reaches a third of the processor's peak, and none adds a residual.
#ifndef MIEN_KERNELS_PRODUCT_H
#define MIEN_KERNELS_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/// output[i][c] = f(bias[c] + Σ_r Σ_k row(r, i)[k] · packed(r · length + k, c) + residual[i][c])
typedef struct mien_product {
    /// Run r of row i, `length` numbers, starts at rows[r · row_stride + i]; with rows NULL, at
    /// input + i · input_stride, and there is one run.
    const float *const *rows;
    size_t row_stride;
    const float *input;
    size_t input_stride;
    size_t count;        ///< rows
    size_t runs, length; ///< a row's numbers are runs · length
    /// The right side, by panels of columns: {columns / panel, runs · length, panel}, the last
    /// panel filled up with zeros.
    const float *packed;
    size_t columns;
    const float *bias;     ///< {columns rounded up to panels}, or NULL
    const float *residual; ///< as `output`, or NULL
    float *output;
    size_t output_stride;
    bool clamps, gelu; ///< f, at most one of them
    float low, high;   ///< when `clamps`
} mien_product;

typedef struct mien_product_kernels {
    size_t panel; ///< columns packed together
    size_t block; ///< rows worked on together
    void (*product)(const mien_product *product);
} mien_product_kernels;

#endif
