// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/isa/gradient.h"
#include "zoo/kernels/isa/vector.h"

#include <math.h>

/// The part of a window that lies inside the picture.
typedef struct window {
    size_t top, bottom, left, right; // bottom and right are behind it
} window;

INLINE size_t inside(size_t start, size_t before) {
    return start > before ? start - before : 0;
}

INLINE size_t lesser(size_t a, size_t b) {
    return a < b ? a : b;
}

INLINE window window_at(const mien_pool_gradient *pool, size_t row, size_t column) {
    size_t down = row * pool->stride_height, across = column * pool->stride_width;
    return (window){
        .top = inside(down, pool->top),
        .bottom = lesser(inside(down + pool->kernel_height, pool->top), pool->height),
        .left = inside(across, pool->left),
        .right = lesser(inside(across + pool->kernel_width, pool->left), pool->width),
    };
}

static void clear(const mien_pool_gradient *pool, float *d) {
    for (size_t pixel = 0; pixel < pool->height * pool->width; pixel++) {
        memset(d + pixel * pool->channels + pool->first, 0, (pool->last - pool->first) * sizeof *d);
    }
}

/// The taps of `w` in order; the first of the largest values wins, as in PyTorch.
INLINE integers find_largest(const mien_pool_gradient *pool, const window *w, const float *x,
                             size_t part) {
    vector best = splat(-INFINITY);
    integers at = {0};
    int32_t tap = 0;
    for (size_t row = w->top; row < w->bottom; row++) {
        for (size_t column = w->left; column < w->right; column++, tap++) {
            vector value = load_part(x + (row * pool->width + column) * pool->channels, part);
            integers greater = value > best;
            best = (vector)(((integers)value & greater) | ((integers)best & ~greater));
            at = (greater & tap) | (at & ~greater);
        }
    }
    return at;
}

void ISA(back_max_pool)(const mien_pool_gradient *pool, const float *g, const float *x, float *d) {
    clear(pool, d);
    for (size_t i = 0; i < pool->output_height * pool->output_width; i++) {
        window w = window_at(pool, i / pool->output_width, i % pool->output_width);
        for (size_t c = pool->first; c < pool->last; c += LANES) {
            size_t part = lesser(pool->last - c, LANES);
            integers at = find_largest(pool, &w, x + c, part);
            vector gradient = load_part(g + i * pool->channels + c, part);
            int32_t tap = 0;
            for (size_t row = w.top; row < w.bottom; row++) {
                for (size_t column = w.left; column < w.right; column++, tap++) {
                    float *target = d + (row * pool->width + column) * pool->channels + c;
                    vector share = (vector)((integers)gradient & (at == tap));
                    store_part(target, load_part(target, part) + share, part);
                }
            }
        }
    }
}

/// What the window's sum was divided by: the pixels inside the picture, or inside its padding.
INLINE float divisor(const mien_pool_gradient *pool, const window *w, size_t i) {
    if (!pool->count_padding) {
        return (float)((w->bottom - w->top) * (w->right - w->left));
    }
    size_t down = i / pool->output_width * pool->stride_height;
    size_t across = i % pool->output_width * pool->stride_width;
    size_t rows = lesser(pool->kernel_height, pool->top + pool->height + pool->bottom - down);
    size_t columns = lesser(pool->kernel_width, pool->left + pool->width + pool->right - across);
    return (float)(rows * columns);
}

void ISA(back_average_pool)(const mien_pool_gradient *pool, const float *g, float *d) {
    clear(pool, d);
    for (size_t i = 0; i < pool->output_height * pool->output_width; i++) {
        window w = window_at(pool, i / pool->output_width, i % pool->output_width);
        float scale = 1.0f / divisor(pool, &w, i);
        for (size_t row = w.top; row < w.bottom; row++) {
            for (size_t column = w.left; column < w.right; column++) {
                float *target = d + (row * pool->width + column) * pool->channels;
                for (size_t c = pool->first; c < pool->last; c += LANES) {
                    size_t part = lesser(pool->last - c, LANES);
                    vector share = load_part(g + i * pool->channels + c, part) * scale;
                    store_part(target + c, load_part(target + c, part) + share, part);
                }
            }
        }
    }
}
