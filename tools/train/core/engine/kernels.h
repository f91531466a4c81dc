// SPDX-License-Identifier: Apache-2.0
/// @file
/// Loops of the trainer's own over rows of channels, f32, one thread: written once with vector
/// extensions (isa/), compiled for each instruction set and chosen at run time as zoo/kernels are.
#ifndef MIEN_TRAIN_ENGINE_KERNELS_H
#define MIEN_TRAIN_ENGINE_KERNELS_H

#include <stddef.h>

/// A scale and an offset a channel, then bounds (infinite: none).
typedef struct mien_gate {
    const float *scale, *offset;
    float low, high;
} mien_gate;

typedef struct mien_train_kernels {
    const char *isa;

    /// y = a + b; y may be a or b.
    void (*add)(const float *a, const float *b, float *y, size_t count);
    /// y = min(max(x, low), high); y may be x. A NaN stays one.
    void (*clamp)(const float *x, float *y, size_t count, float low, float high);
    /// by_x = g where low < y < high, else 0; by_x may be g.
    void (*gate)(const float *g, const float *y, float *by_x, size_t count, float low, float high);

    /// Adds to sums[c] the sum of x[r][c] − shift[c], and to sums[channels + c] that of its square;
    /// in float for some rows, then in double.
    void (*moments)(const float *x, size_t rows, size_t channels, const float *shift, double *sums);
    /// y[r][c] = x[r][c] · scale[c] + offset[c], then + residual[r][c], then clamped. `residual`
    /// may be NULL. y may be x or residual.
    void (*normalize)(const float *x, const float *residual, float *y, size_t rows, size_t channels,
                      const mien_gate *gate);
    /// Adds to sums[c] the sum of g[r][c], and to sums[channels + c] that of
    /// g[r][c] · (x[r][c] − shift[c]). With a gate, g counts as 0 where x·scale + offset is not
    /// strictly between the bounds; NULL: everything counts.
    void (*gradient_moments)(const float *g, const float *x, size_t rows, size_t channels,
                             const mien_gate *gate, const float *shift, double *sums);
    /// by_x[r][c] = g · a[c] + x · b[c] + c[c], with g as above. by_x may be g.
    void (*normalize_back)(const float *g, const float *x, float *by_x, size_t rows,
                           size_t channels, const mien_gate *gate, const float *a, const float *b,
                           const float *c);
} mien_train_kernels;

/// Chosen once. [any thread]
const mien_train_kernels *mien_train_kernels_get(void);

#endif
