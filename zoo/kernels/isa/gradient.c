// SPDX-License-Identifier: Apache-2.0
// Gradients number by number and row by row.
#include "zoo/kernels/isa/gradient.h"
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/vector.h"

#include <math.h>

/// Where a comparison was true, `value`; else zeros.
INLINE vector where(integers mask, vector value) {
    return (vector)(mask & (integers)value);
}

INLINE vector clamp_gradient(vector g, vector y, float low, float high) {
    return where((y > low) & (y < high), g);
}

INLINE vector gelu_gradient(vector g, vector x) {
    const float density = 0.398942280f; // 1 / √(2π)
    return g * (gaussian_distribution(x) + x * density * exponential(x * x * -0.5f));
}

INLINE vector sigmoid_gradient(vector g, vector y) {
    return g * y * (1.0f - y);
}

INLINE vector silu_gradient(vector g, vector x) {
    vector s = 1.0f / (1.0f + exponential(-x));
    return g * s * (1.0f + x * (1.0f - s));
}

INLINE vector hard_swish_gradient(vector g, vector x) {
    vector inside = where((x > -3.0f) & (x < 3.0f), x * (1.0f / 3.0f) + 0.5f);
    vector beyond = where(x >= 3.0f, splat(1.0f));
    return g * (inside + beyond);
}

#define EACH(name)                                                                                 \
    static void name(const float *g, const float *x, float *d, size_t count) {                     \
        size_t i = 0;                                                                              \
        for (; i + LANES <= count; i += LANES) {                                                   \
            store(d + i, name##_gradient(load(g + i), load(x + i)));                               \
        }                                                                                          \
        if (i < count) {                                                                           \
            size_t rest = count - i;                                                               \
            vector part = name##_gradient(load_part(g + i, rest), load_part(x + i, rest));         \
            store_part(d + i, part, rest);                                                         \
        }                                                                                          \
    }
EACH(gelu)
EACH(sigmoid)
EACH(silu)
EACH(hard_swish)

static void clamp_back(const float *g, const float *y, float *d, size_t count, float low,
                       float high) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(d + i, clamp_gradient(load(g + i), load(y + i), low, high));
    }
    if (i < count) {
        size_t rest = count - i;
        vector part = clamp_gradient(load_part(g + i, rest), load_part(y + i, rest), low, high);
        store_part(d + i, part, rest);
    }
}

static void softmax(const float *g, const float *y, float *d, size_t rows, size_t channels) {
    for (size_t row = 0; row < rows; row++, g += channels, y += channels, d += channels) {
        vector total = {0};
        for (size_t c = 0; c < channels; c += LANES) {
            size_t part = channels - c < LANES ? channels - c : LANES;
            total += load_part(g + c, part) * load_part(y + c, part);
        }
        float dot = sum(total);
        for (size_t c = 0; c < channels; c += LANES) {
            size_t part = channels - c < LANES ? channels - c : LANES;
            vector away = load_part(g + c, part) - dot;
            store_part(d + c, load_part(y + c, part) * away, part);
        }
    }
}

/// With n = (x − mean) · scale and h = g · weight: d = scale · (h − mean(h) − n · mean(h · n)).
static void layer_norm(const float *g, const float *x, const float *weight, float *d, size_t rows,
                       size_t channels, float epsilon) {
    for (size_t row = 0; row < rows; row++, g += channels, x += channels, d += channels) {
        vector total = {0}, squares = {0}, gradients = {0}, along = {0};
        for (size_t c = 0; c < channels; c += LANES) {
            size_t part = channels - c < LANES ? channels - c : LANES;
            total += load_part(x + c, part);
        }
        float mean = sum(total) / (float)channels;
        const vector means = splat(mean);
        for (size_t c = 0; c < channels; c += LANES) {
            size_t part = channels - c < LANES ? channels - c : LANES;
            vector h = load_part(g + c, part) * load_part(weight + c, part);
            vector away = load_part(x + c, part) - load_part((const float *)&means, part);
            squares += away * away;
            gradients += h;
            along += h * away;
        }
        float scale = 1.0f / sqrtf(sum(squares) / (float)channels + epsilon);
        float mean_h = sum(gradients) / (float)channels;
        float slope = sum(along) * scale * scale / (float)channels;
        for (size_t c = 0; c < channels; c += LANES) {
            size_t part = channels - c < LANES ? channels - c : LANES;
            vector h = load_part(g + c, part) * load_part(weight + c, part);
            vector away = load_part(x + c, part) - mean;
            store_part(d + c, (h - mean_h - away * slope) * scale, part);
        }
    }
}

static void gate(const float *g, const float *x, float *d, size_t rows, size_t channels,
                 size_t first, size_t last) {
    for (size_t c = first; c < last; c += LANES) {
        size_t part = last - c < LANES ? last - c : LANES;
        vector total = {0};
        for (size_t row = 0; row < rows; row++) {
            total +=
                load_part(g + row * channels + c, part) * load_part(x + row * channels + c, part);
        }
        store_part(d + c, total, part);
    }
}

const mien_gradient_kernels ISA(gradient) = {
    .clamp = clamp_back,
    .gelu = gelu,
    .sigmoid = sigmoid,
    .silu = silu,
    .hard_swish = hard_swish,
    .softmax = softmax,
    .layer_norm = layer_norm,
    .max_pool = ISA(back_max_pool),
    .average_pool = ISA(back_average_pool),
    .gate = gate,
    .attention_scratch = ISA(back_attention_scratch),
    .attention = ISA(back_attention),
};
