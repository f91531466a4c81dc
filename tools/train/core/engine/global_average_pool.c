// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/layer.h"
#include "zoo/kernels/kernels.h"

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    const mien_kernels *kernels = mien_kernels_get();
    const size_t channels = layer->output->shape.dim[0];
    const size_t picture = layer->input[0]->count / layer->batch;
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        kernels->mean_rows(layer->input[0]->data + n * picture, layer->output->data + n * channels,
                           picture / channels, channels, 0, channels);
    }
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    const size_t channels = layer->output->shape.dim[0];
    const size_t picture = layer->input[0]->count / layer->batch;
    const float share = (float)channels / (float)picture;
    float *by_input = mien_layer_input_gradient(layer, 0);
    if (!by_input) {
        return MIEN_OK;
    }
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        const float *gradient = layer->output->gradient + n * channels;
        for (size_t row = 0; row < picture; row += channels) {
            for (size_t c = 0; c < channels; c++) {
                by_input[n * picture + row + c] = gradient[c] * share;
            }
        }
    }
    mien_layer_input_gradient_done(layer, 0);
    return MIEN_OK;
}

const mien_layer_kind mien_layer_global_average_pool = {
    .operator_name = "global_average_pool",
    .forward = forward,
    .backward = backward,
};
