// SPDX-License-Identifier: Apache-2.0
/// @file
/// Self-attention of one head, block of queries by block of queries.
#ifndef MIEN_KERNELS_ATTENTION_H
#define MIEN_KERNELS_ATTENTION_H

#include <stddef.h>

typedef struct mien_attention_kernels {
    /// Floats of scratch for a head of `tokens` × `width`: keys and values packed, and the scores
    /// of one block of queries. Scratch starts at a multiple of 64 bytes.
    size_t (*scratch)(size_t tokens, size_t width);
    /// Packs one head's keys and values, each {tokens, width} with rows `stride` floats apart.
    void (*pack)(const float *keys, const float *values, size_t stride, size_t tokens, size_t width,
                 float *scratch);
    /// output = softmax(queries·keysᵀ·scale)·values for `count` queries against packed keys and
    /// values of `tokens` tokens.
    void (*attend)(const float *queries, size_t stride, size_t count, size_t tokens, size_t width,
                   float scale, float *scratch, float *output, size_t output_stride);
} mien_attention_kernels;

#endif
