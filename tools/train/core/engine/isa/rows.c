// SPDX-License-Identifier: Apache-2.0
// Columns of a vector's width, block of rows by block: a block stays in the nearest cache while its
// columns are walked, and what belongs to a channel stays in registers.
#include "tools/train/core/engine/kernels.h"
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/vector.h"

enum { BLOCK_BYTES = 16 << 10, MAX_BLOCK = 256, MIN_BLOCK = 8 };

/// Rows of a block of rows of `channels`.
INLINE size_t block_rows(size_t channels) {
    const size_t rows = BLOCK_BYTES / sizeof(float) / channels;
    return rows > MAX_BLOCK ? MAX_BLOCK : rows < MIN_BLOCK ? MIN_BLOCK : rows;
}

INLINE size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/// The next `width` numbers, at most LANES.
INLINE vector load_width(const float *x, size_t width) {
    return width == LANES ? load(x) : load_part(x, width);
}

INLINE void store_width(float *y, vector value, size_t width) {
    if (width == LANES) {
        store(y, value);
    } else {
        store_part(y, value, width);
    }
}

static void add(const float *a, const float *b, float *y, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        const size_t width = least(LANES, count - i);
        store_width(y + i, load_width(a + i, width) + load_width(b + i, width), width);
    }
}

static void clamp_to(const float *x, float *y, size_t count, float low, float high) {
    for (size_t i = 0; i < count; i += LANES) {
        const size_t width = least(LANES, count - i);
        // In this order a NaN stays one.
        store_width(y + i, smaller(splat(high), larger(splat(low), load_width(x + i, width))),
                    width);
    }
}

static void gate(const float *g, const float *y, float *by_x, size_t count, float low, float high) {
    for (size_t i = 0; i < count; i += LANES) {
        const size_t width = least(LANES, count - i);
        const vector value = load_width(y + i, width);
        const integers inside = (value > splat(low)) & (value < splat(high));
        store_width(by_x + i, (vector)((integers)load_width(g + i, width) & inside), width);
    }
}

INLINE void add_sums(double *sums, vector first, vector second, size_t width, size_t channels) {
    for (size_t k = 0; k < width; k++) {
        sums[k] += (double)first[k];
        sums[channels + k] += (double)second[k];
    }
}

/// What all column functions take; which members count, each knows.
typedef struct columns {
    const float *x, *y, *g, *residual;
    float *out;
    size_t channels;
    const float *a, *b, *c; ///< numbers a channel
    double *sums;
    bool relu;
} columns;

typedef void column_function(const columns *all, size_t at, size_t channel, size_t rows,
                             size_t width);

/// Calls `column` for every column of every block, with the full width known when compiling.
INLINE void walk(const columns *all, size_t rows, column_function *column) {
    const size_t channels = all->channels, block = block_rows(channels);
    for (size_t r = 0; r < rows; r += block) {
        const size_t count = least(block, rows - r);
        size_t c = 0;
        for (; c + LANES <= channels; c += LANES) {
            column(all, r * channels + c, c, count, LANES);
        }
        if (c < channels) {
            column(all, r * channels + c, c, count, channels - c);
        }
    }
}

INLINE void moments_column(const columns *all, size_t at, size_t channel, size_t rows,
                           size_t width) {
    vector first[2] = {{0}}, second[2] = {{0}};
    const vector shift = load_width(all->a + channel, width);
    for (size_t r = 0; r < rows; r++) {
        const vector value = load_width(all->x + at + r * all->channels, width) - shift;
        first[r & 1] += value;
        second[r & 1] += value * value;
    }
    add_sums(all->sums + channel, first[0] + first[1], second[0] + second[1], width, all->channels);
}

static void moments(const float *x, size_t rows, size_t channels, const float *shift,
                    double *sums) {
    const columns all = {.x = x, .channels = channels, .a = shift, .sums = sums};
    walk(&all, rows, moments_column);
}

INLINE void normalize_column(const columns *all, size_t at, size_t channel, size_t rows,
                             size_t width) {
    const vector scale = load_width(all->a + channel, width);
    const vector offset = load_width(all->b + channel, width);
    for (size_t r = 0; r < rows; r++, at += all->channels) {
        vector value = load_width(all->x + at, width) * scale + offset;
        if (all->residual) {
            value += load_width(all->residual + at, width);
        }
        // In this order a NaN stays one.
        store_width(all->out + at, all->relu ? larger((vector){0}, value) : value, width);
    }
}

static void normalize(const float *x, const float *residual, float *y, size_t rows, size_t channels,
                      const float *scale, const float *offset, bool relu) {
    columns all = {.x = x, .out = y, .channels = channels, .a = scale, .b = offset};
    if (residual && relu) {
        all.residual = residual;
        all.relu = true;
        walk(&all, rows, normalize_column);
    } else if (residual) {
        all.residual = residual;
        walk(&all, rows, normalize_column);
    } else if (relu) {
        all.relu = true;
        walk(&all, rows, normalize_column);
    } else {
        walk(&all, rows, normalize_column);
    }
}

INLINE vector masked(const columns *all, size_t at, size_t width) {
    const vector g = load_width(all->g + at, width);
    return all->y ? (vector)((integers)g & (load_width(all->y + at, width) > (vector){0})) : g;
}

INLINE void gradient_moments_column(const columns *all, size_t at, size_t channel, size_t rows,
                                    size_t width) {
    vector first[2] = {{0}}, second[2] = {{0}};
    const vector shift = load_width(all->a + channel, width);
    for (size_t r = 0; r < rows; r++, at += all->channels) {
        const vector g = masked(all, at, width);
        first[r & 1] += g;
        second[r & 1] += g * (load_width(all->x + at, width) - shift);
    }
    add_sums(all->sums + channel, first[0] + first[1], second[0] + second[1], width, all->channels);
}

static void gradient_moments(const float *g, const float *y, const float *x, size_t rows,
                             size_t channels, const float *shift, double *sums) {
    columns all = {.g = g, .x = x, .channels = channels, .a = shift, .sums = sums};
    if (y) {
        all.y = y;
        walk(&all, rows, gradient_moments_column);
    } else {
        walk(&all, rows, gradient_moments_column);
    }
}

INLINE void normalize_back_column(const columns *all, size_t at, size_t channel, size_t rows,
                                  size_t width) {
    const vector a = load_width(all->a + channel, width), b = load_width(all->b + channel, width);
    const vector c = load_width(all->c + channel, width);
    for (size_t r = 0; r < rows; r++, at += all->channels) {
        const vector g = masked(all, at, width);
        store_width(all->out + at, g * a + (load_width(all->x + at, width) * b + c), width);
    }
}

static void normalize_back(const float *g, const float *y, const float *x, float *by_x, size_t rows,
                           size_t channels, const float *a, const float *b, const float *c) {
    columns all = {.g = g, .x = x, .out = by_x, .channels = channels, .a = a, .b = b, .c = c};
    if (y) {
        all.y = y;
        walk(&all, rows, normalize_back_column);
    } else {
        walk(&all, rows, normalize_back_column);
    }
}

#define TABLE_(isa) mien_train_kernels_##isa
#define TABLE(isa) TABLE_(isa)

const mien_train_kernels TABLE(MIEN_ISA) = {
    .isa = MIEN_ISA_TEXT(MIEN_ISA),
    .add = add,
    .clamp = clamp_to,
    .gate = gate,
    .moments = moments,
    .normalize = normalize,
    .gradient_moments = gradient_moments,
    .normalize_back = normalize_back,
};
