// SPDX-License-Identifier: Apache-2.0
/// @file
/// The gradients of what is not a product. In all of them `g` is the gradient of a function's
/// output and `d` that of its input, which is written; d may be g where both are as large.
#ifndef MIEN_KERNELS_GRADIENT_H
#define MIEN_KERNELS_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A pooling over one picture, of which channels [first, last) are worked on.
typedef struct mien_pool_gradient {
    size_t height, width, channels; ///< of the input
    size_t output_height, output_width;
    uint32_t kernel_height, kernel_width, stride_height, stride_width;
    uint32_t top, right, bottom, left; ///< padding
    bool count_padding;                ///< average only
    size_t first, last;
} mien_pool_gradient;

typedef struct mien_gradient_kernels {
    /// d = g where low < y < high, else 0.
    void (*clamp)(const float *g, const float *y, float *d, size_t count, float low, float high);
    void (*gelu)(const float *g, const float *x, float *d, size_t count);
    /// d = g · y · (1 − y).
    void (*sigmoid)(const float *g, const float *y, float *d, size_t count);
    void (*silu)(const float *g, const float *x, float *d, size_t count);
    void (*hard_swish)(const float *g, const float *x, float *d, size_t count);
    /// d = y · (g − Σ g·y), row by row.
    void (*softmax)(const float *g, const float *y, float *d, size_t rows, size_t channels);
    void (*layer_norm)(const float *g, const float *x, const float *weight, float *d, size_t rows,
                       size_t channels, float epsilon);
    /// d is not g; d of channels [first, last) is written whole.
    void (*max_pool)(const mien_pool_gradient *pool, const float *g, const float *x, float *d);
    void (*average_pool)(const mien_pool_gradient *pool, const float *g, float *d);
    /// d[c] = Σ_r g[r][c] · x[r][c] for channels [first, last) of `channels`.
    void (*gate)(const float *g, const float *x, float *d, size_t rows, size_t channels,
                 size_t first, size_t last);

    /// Floats of scratch for a head of `tokens` × `width`; it starts at a multiple of 64 bytes.
    size_t (*attention_scratch)(size_t tokens, size_t width);
    /// One head of self-attention: `g` has rows `g_stride` floats apart; queries, keys and values,
    /// and their gradients in the same order, have rows `stride` floats apart and start `part`
    /// floats after each other.
    void (*attention)(const float *g, size_t g_stride, const float *qkv, float *d, size_t stride,
                      size_t part, size_t tokens, size_t width, float scale, float *scratch);
} mien_gradient_kernels;

#endif
