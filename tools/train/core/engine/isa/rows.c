// SPDX-License-Identifier: Apache-2.0
// Loops over rows of channels, in the order in which they lie in memory.
#include "tools/train/core/engine/kernels.h"
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/vector.h"

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

/// Rows and channels whose sums are made in float, in the nearest cache, before they go into double
/// ones.
enum { BLOCK_ROWS = 128, PANEL = 256 };

/// What the sums are made of; `gate` and `g` for gradients alone.
typedef struct summands {
    const float *g, *x;
    size_t channels;
    const float *shift;
    const mien_gate *gate;
} summands;

/// A gradient where the clamp let x·scale + offset through, else 0.
INLINE vector pass(const mien_gate *gate, size_t channel, vector g, vector x, size_t width) {
    const vector y =
        x * load_width(gate->scale + channel, width) + load_width(gate->offset + channel, width);
    return (vector)((integers)g & (y > splat(gate->low)) & (y < splat(gate->high)));
}

/// Adds `rows` rows, at `at` and onwards, of a vector's width of channels.
INLINE void sum_rows(const summands *all, size_t at, size_t channel, size_t rows, size_t width,
                     vector *first, vector *second) {
    const vector shift = load_width(all->shift + channel, width);
    for (size_t r = 0; r < rows; r++, at += all->channels) {
        const vector x = load_width(all->x + at, width), away = x - shift;
        vector g = away;
        if (all->g) {
            g = load_width(all->g + at, width);
            g = all->gate ? pass(all->gate, channel, g, x, width) : g;
        }
        *first += g;
        *second += g * away;
    }
}

/// The sums of up to BLOCK_ROWS rows of up to PANEL channels; four rows at once, so that reading
/// goes on in few places and partial sums are seldom written.
INLINE void sum_panel(const summands *all, size_t at, size_t channel, size_t rows, size_t panel,
                      double *sums) {
    float first[PANEL] = {0}, second[PANEL] = {0};
    for (size_t r = 0; r < rows;) {
        const size_t count = rows - r < 4 ? 1 : 4;
        for (size_t c = 0; c < panel; c += LANES) {
            const size_t width = least(LANES, panel - c), from = at + r * all->channels + c;
            vector a = load(first + c), b = load(second + c);
            if (count == 4 && width == LANES) {
                sum_rows(all, from, channel + c, 4, LANES, &a, &b);
            } else {
                sum_rows(all, from, channel + c, count, width, &a, &b);
            }
            store(first + c, a);
            store(second + c, b);
        }
        r += count;
    }
    for (size_t c = 0; c < panel; c++) {
        sums[channel + c] += (double)first[c];
        sums[all->channels + channel + c] += (double)second[c];
    }
}

INLINE void sum_all(const summands *all, size_t rows, double *sums) {
    for (size_t r = 0; r < rows; r += BLOCK_ROWS) {
        for (size_t c = 0; c < all->channels; c += PANEL) {
            sum_panel(all, r * all->channels + c, c, least(BLOCK_ROWS, rows - r),
                      least(PANEL, all->channels - c), sums);
        }
    }
}

static void moments(const float *x, size_t rows, size_t channels, const float *shift,
                    double *sums) {
    const summands all = {.x = x, .channels = channels, .shift = shift};
    sum_all(&all, rows, sums);
}

static void gradient_moments(const float *g, const float *x, size_t rows, size_t channels,
                             const mien_gate *gate, const float *shift, double *sums) {
    if (gate) {
        const summands all = {g, x, channels, shift, gate};
        sum_all(&all, rows, sums);
    } else {
        const summands all = {g, x, channels, shift, NULL};
        sum_all(&all, rows, sums);
    }
}

static void normalize(const float *x, const float *residual, float *y, size_t rows, size_t channels,
                      const mien_gate *gate) {
    const vector low = splat(gate->low), high = splat(gate->high);
    for (size_t at = 0; at < rows * channels; at += channels) {
        for (size_t c = 0; c < channels; c += LANES) {
            const size_t width = least(LANES, channels - c);
            vector value = load_width(x + at + c, width) * load_width(gate->scale + c, width) +
                           load_width(gate->offset + c, width);
            if (residual) {
                value += load_width(residual + at + c, width);
            }
            // In this order a NaN stays one.
            store_width(y + at + c, smaller(high, larger(low, value)), width);
        }
    }
}

INLINE void normalize_back_any(const float *g, const float *x, float *by_x, size_t rows,
                               size_t channels, const mien_gate *gate, const float *a,
                               const float *b, const float *c) {
    for (size_t at = 0; at < rows * channels; at += channels) {
        for (size_t k = 0; k < channels; k += LANES) {
            const size_t width = least(LANES, channels - k);
            const vector value = load_width(x + at + k, width);
            vector passed = load_width(g + at + k, width);
            if (gate) {
                passed = pass(gate, k, passed, value, width);
            }
            store_width(by_x + at + k,
                        passed * load_width(a + k, width) +
                            (value * load_width(b + k, width) + load_width(c + k, width)),
                        width);
        }
    }
}

static void normalize_back(const float *g, const float *x, float *by_x, size_t rows,
                           size_t channels, const mien_gate *gate, const float *a, const float *b,
                           const float *c) {
    if (gate) {
        normalize_back_any(g, x, by_x, rows, channels, gate, a, b, c);
    } else {
        normalize_back_any(g, x, by_x, rows, channels, NULL, a, b, c);
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
