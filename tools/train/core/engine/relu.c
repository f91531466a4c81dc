// SPDX-License-Identifier: Apache-2.0
// ReLU and clamp: the gradient passes where the output lies strictly between the bounds.
#include "tools/train/core/engine/kernels.h"
#include "tools/train/core/engine/layer.h"
#include "tools/train/core/engine/parallel.h"
#include "tools/train/core/engine/rows.h"

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    const mien_train_kernels *kernels = mien_train_kernels_get();
    const float low = layer->node->attributes.clamp.low, high = layer->node->attributes.clamp.high;
#pragma omp parallel
    {
        const mien_slice part = mien_my_slice(layer->output->count);
        kernels->clamp(layer->input[0]->data + part.begin, layer->output->data + part.begin,
                       part.end - part.begin, low, high);
    }
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    const mien_train_kernels *kernels = mien_train_kernels_get();
    const float low = layer->node->attributes.clamp.low, high = layer->node->attributes.clamp.high;
    float *by_input = mien_layer_input_gradient(layer, 0);
    if (!by_input) {
        return MIEN_OK;
    }
#pragma omp parallel
    {
        const mien_slice part = mien_my_slice(layer->output->count);
        kernels->gate(layer->output->gradient + part.begin, layer->output->data + part.begin,
                      by_input + part.begin, part.end - part.begin, low, high);
    }
    mien_layer_input_gradient_done(layer, 0);
    return MIEN_OK;
}

const mien_layer_kind mien_layer_relu = {
    .operator_name = "relu",
    .forward = forward,
    .backward = backward,
    .needs_output = true,
    .in_place = true,
};

const mien_layer_kind mien_layer_clamp = {
    .operator_name = "clamp",
    .forward = forward,
    .backward = backward,
    .needs_output = true,
    .in_place = true,
};
