// SPDX-License-Identifier: Apache-2.0
// The gradient of one head of self-attention, query by query. With weights p = softmax(s·K·q) and
// output o = Vᵀ·p, the gradient of the weights is V·g; behind softmax, that of the scores is
// e = p · (V·g − g·o); so q gets s·Kᵀ·e, row k of the keys s·e[k]·q, row k of the values p[k]·g.
#include "zoo/kernels/isa/gradient.h"
#include "zoo/kernels/isa/vector.h"
#include "zoo/kernels/isa/weigh.h"

#include <math.h>

static size_t padded(size_t count) {
    return (count + LANES - 1) / LANES * LANES;
}

// Keys and values, transposed so that a query's scores are whole vectors, and two rows of scores.
size_t ISA(back_attention_scratch)(size_t tokens, size_t width) {
    return (2 * width + 2) * padded(tokens);
}

static void transpose(const float *rows, size_t stride, size_t tokens, size_t width,
                      float *target) {
    size_t columns = padded(tokens);
    for (size_t i = 0; i < width; i++) {
        for (size_t token = 0; token < columns; token++) {
            target[i * columns + token] = token < tokens ? rows[token * stride + i] : 0.0f;
        }
    }
}

/// result[token] = Σ_i factors[i] · columns[i][token].
INLINE void products(const float *factors, const float *transposed, size_t columns, size_t width,
                     float *result) {
    size_t token = 0;
    for (; token + 4 * LANES <= columns; token += 4 * LANES) {
        vector total[4] = {{0}};
        for (size_t i = 0; i < width; i++) {
            vector factor = splat(factors[i]);
            for (size_t k = 0; k < 4; k++) {
                total[k] += factor * load(transposed + i * columns + token + k * LANES);
            }
        }
        for (size_t k = 0; k < 4; k++) {
            store(result + token + k * LANES, total[k]);
        }
    }
    for (; token < columns; token += LANES) {
        vector total = {0};
        for (size_t i = 0; i < width; i++) {
            total += splat(factors[i]) * load(transposed + i * columns + token);
        }
        store(result + token, total);
    }
}

/// Softmax of scale · scores; what is behind `tokens` becomes next to nothing.
INLINE void soften(float *scores, size_t tokens, float scale) {
    size_t columns = padded(tokens);
    float inverse = 1.0f / weigh(scores, tokens, columns, scale);
    for (size_t i = 0; i < columns; i += LANES) {
        store(scores + i, load(scores + i) * inverse);
    }
}

/// Turns the weights' gradient into that of the scores before scaling.
INLINE void through_softmax(const float *weights, float *gradient, size_t columns, float scale) {
    vector total = {0};
    for (size_t i = 0; i < columns; i += LANES) {
        total += load(weights + i) * load(gradient + i);
    }
    float dot = sum(total);
    for (size_t i = 0; i < columns; i += LANES) {
        store(gradient + i, load(weights + i) * (load(gradient + i) - dot) * scale);
    }
}

/// y += factor · x.
INLINE void add_scaled(float *y, const float *x, float factor, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, load(y + i) + load(x + i) * factor);
    }
    for (; i < count; i++) {
        y[i] += x[i] * factor;
    }
}

INLINE bool is_zero(const float *x, size_t count) {
    size_t i = 0;
    while (i < count && x[i] == 0) {
        i++;
    }
    return i == count;
}

void ISA(back_attention)(const float *g, size_t g_stride, const float *qkv, float *d, size_t stride,
                         size_t part, size_t tokens, size_t width, float scale, float *scratch) {
    const float *queries = qkv, *keys = qkv + part, *values = keys + part;
    float *to_queries = d, *to_keys = d + part, *to_values = to_keys + part;
    size_t columns = padded(tokens);
    float *keys_across = scratch, *values_across = scratch + width * columns;
    float *weights = values_across + width * columns, *gradient = weights + columns;
    transpose(keys, stride, tokens, width, keys_across);
    transpose(values, stride, tokens, width, values_across);
    for (size_t row = 0; row < tokens; row++) {
        for (size_t k = 0; k < 3; k++) {
            memset(d + row * stride + k * part, 0, width * sizeof *d);
        }
    }
    for (size_t row = 0; row < tokens; row++) {
        const float *query = queries + row * stride, *given = g + row * g_stride;
        if (is_zero(given, width)) { // as all but the class token's in a last block
            continue;
        }
        products(query, keys_across, columns, width, weights);
        soften(weights, tokens, scale);
        products(given, values_across, columns, width, gradient);
        through_softmax(weights, gradient, columns, scale);
        for (size_t k = 0; k < tokens; k++) {
            add_scaled(to_queries + row * stride, keys + k * stride, gradient[k], width);
            add_scaled(to_keys + k * stride, query, gradient[k], width);
            add_scaled(to_values + k * stride, given, weights[k], width);
        }
    }
}
