// SPDX-License-Identifier: Apache-2.0
// Products: number by number, or a gate a channel, whose gradient is a picture's sum.
#include "tools/train/core/engine/layer.h"
#include "tools/train/core/engine/parallel.h"
#include "zoo/kernels/kernels.h"

#include <math.h>

static bool is_gate(const mien_layer *layer) {
    return layer->input[1]->count != layer->input[0]->count;
}

/// y = x · gate for every picture.
static void gate_rows(const mien_layer *layer, const float *x, float *y) {
    const mien_kernels *kernels = mien_kernels_get();
    const size_t channels = mien_last_dim(&layer->output->shape);
    const size_t picture = layer->output->count / layer->batch;
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        kernels->multiply_channels(x + n * picture, layer->input[1]->data + n * channels,
                                   y + n * picture, picture / channels, channels, -INFINITY,
                                   INFINITY);
    }
}

static void multiply(const float *a, const float *b, float *y, size_t count) {
    const mien_kernels *kernels = mien_kernels_get();
#pragma omp parallel
    {
        const mien_slice part = mien_my_slice(count);
        kernels->multiply(a + part.begin, b + part.begin, y + part.begin, part.end - part.begin,
                          -INFINITY, INFINITY);
    }
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    if (is_gate(layer)) {
        gate_rows(layer, layer->input[0]->data, layer->output->data);
    } else {
        multiply(layer->input[0]->data, layer->input[1]->data, layer->output->data,
                 layer->output->count);
    }
    return MIEN_OK;
}

/// by_gate[c] = Σ g[r][c] · x[r][c] over a picture's rows.
static void sum_products(const mien_layer *layer, float *by_gate) {
    const size_t channels = mien_last_dim(&layer->output->shape);
    const size_t picture = layer->output->count / layer->batch;
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        const float *g = layer->output->gradient + n * picture;
        const float *x = layer->input[0]->data + n * picture;
        float *sums = by_gate + n * channels;
        memset(sums, 0, channels * sizeof *sums);
        for (size_t row = 0; row < picture; row += channels) {
            for (size_t c = 0; c < channels; c++) {
                sums[c] += g[row + c] * x[row + c];
            }
        }
    }
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    const float *gradient = layer->output->gradient;
    float *by_first = mien_layer_input_gradient(layer, 0);
    if (by_first) {
        if (is_gate(layer)) {
            gate_rows(layer, gradient, by_first);
        } else {
            multiply(gradient, layer->input[1]->data, by_first, layer->output->count);
        }
        mien_layer_input_gradient_done(layer, 0);
    }
    float *by_second = mien_layer_input_gradient(layer, 1);
    if (by_second) {
        if (is_gate(layer)) {
            sum_products(layer, by_second);
        } else {
            multiply(gradient, layer->input[0]->data, by_second, layer->output->count);
        }
        mien_layer_input_gradient_done(layer, 1);
    }
    return MIEN_OK;
}

const mien_layer_kind mien_layer_multiply = {
    .operator_name = "multiply",
    .forward = forward,
    .backward = backward,
    .needs_input = {true, true},
};
