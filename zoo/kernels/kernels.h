// SPDX-License-Identifier: Apache-2.0
/// @file
/// Kernels of our own: what XNNPACK lacks, written once with vector extensions, compiled for each
/// instruction set and chosen at run time. All work on f32, single-threaded; steps split the work.
#ifndef MIEN_KERNELS_KERNELS_H
#define MIEN_KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct mien_kernels {
    const char *isa; ///< "baseline", "avx2", "avx512"

    /// y = clamp(a + b), y may be a or b.
    void (*add)(const float *a, const float *b, float *y, size_t count, float low, float high);
    /// y = clamp(a · b), y may be a or b.
    void (*multiply)(const float *a, const float *b, float *y, size_t count, float low, float high);
    /// y[r][c] = clamp(x[r][c] · gate[c]), y may be x.
    void (*multiply_channels)(const float *x, const float *gate, float *y, size_t rows,
                              size_t channels, float low, float high);
    /// y[r][c] = clamp(x[r][c] · scale[c] + shift[c]), y may be x.
    void (*scale_shift)(const float *x, const float *scale, const float *shift, float *y,
                        size_t rows, size_t channels, float low, float high);
    /// Layer normalisation of each row, y may be x.
    void (*layer_norm)(const float *x, const float *weight, const float *bias, float *y,
                       size_t rows, size_t channels, float epsilon);
    /// y[c] = mean over rows of x[r][c] for channels [first, last) of `channels`.
    void (*mean_rows)(const float *x, float *y, size_t rows, size_t channels, size_t first,
                      size_t last);
    /// y = clamp(x · sigmoid(x)), y may be x.
    void (*silu)(const float *x, float *y, size_t count, float low, float high);
    /// y = x · Φ(x) with the Gaussian distribution function, within 1e-6; y may be x.
    void (*gelu)(const float *x, float *y, size_t count);
    /// Widens binary16.
    void (*f16_to_f32)(const uint16_t *x, float *y, size_t count);

    /// Matrix products; declared in zoo/kernels/product.h.
    const struct mien_product_kernels *product;
    /// Winograd transforms; declared in zoo/kernels/winograd.h.
    const struct mien_winograd_kernels *winograd;
    /// Blocked attention; declared in zoo/kernels/attention.h.
    const struct mien_attention_kernels *attention;
    /// Gradients; declared in zoo/kernels/gradient.h.
    const struct mien_gradient_kernels *gradient;
} mien_kernels;

/// The best set for this processor, or the best up to the environment's MIEN_MAX_ISA ("baseline",
/// "avx2"); chosen once. [any thread]
const mien_kernels *mien_kernels_get(void);

#endif
