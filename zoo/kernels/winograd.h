// SPDX-License-Identifier: Apache-2.0
/// @file
/// The two transforms around the products of a Winograd convolution, F(2×2,3×3) and F(4×4,3×3).
///
/// A tile of `size` × `size` outputs reads size + 2 by size + 2 inputs, and is worth (size + 2)²
/// products: one per *position*. Transformed pictures are stored position by position, in each a
/// row per tile, in each row the channels.
#ifndef MIEN_KERNELS_WINOGRAD_H
#define MIEN_KERNELS_WINOGRAD_H

#include <stddef.h>

enum {
    MIEN_WINOGRAD_MAX_TILE = 4,
    MIEN_WINOGRAD_MAX_SIDE = MIEN_WINOGRAD_MAX_TILE + 2,
    MIEN_WINOGRAD_MAX_POSITIONS = MIEN_WINOGRAD_MAX_SIDE * MIEN_WINOGRAD_MAX_SIDE,
    MIEN_WINOGRAD_OVERREAD = 64, ///< bytes that transforms may read past the last channel
};

/// One tile of one output picture.
typedef struct mien_winograd_output {
    const float *products;  ///< of this tile: products[position · position_stride + channel]
    size_t position_stride; ///< in floats
    const float *bias;      ///< {channels}
    const float *residual;  ///< same place as `target` in a picture of the same shape, or NULL
    float *target;          ///< the tile's first pixel
    size_t row_stride;      ///< of `target` and `residual`, in floats
    size_t channels;        ///< also the stride from pixel to pixel
    size_t rows, columns;   ///< of the tile that lie inside the picture
    float low, high;
} mien_winograd_output;

typedef struct mien_winograd_transforms {
    /// target[position · position_stride + c] = (Bᵀ·d·B)[position] for `channels` channels, rounded
    /// up to whole vectors. `pixels` points at the side² input pixels, row by row.
    void (*input)(const float *const *pixels, size_t channels, float *target,
                  size_t position_stride);
    /// target = clamp(Aᵀ·m·A + bias + residual).
    void (*output)(const mien_winograd_output *output);
} mien_winograd_transforms;

typedef struct mien_winograd_kernels {
    mien_winograd_transforms tile2, tile4;
    /// target[i] = Σ_a coefficients[a] · taps[a · count + i] for the nine taps of `count` 3×3
    /// filters, in double: one position of G·g·Gᵀ.
    void (*filter)(const float *taps, const double coefficients[9], float *target, size_t count);
} mien_winograd_kernels;

#endif
