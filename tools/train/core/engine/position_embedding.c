// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/layer.h"

static mien_status create(mien_layer *layer, mien_error *error) {
    (void)layer, (void)error;
    return MIEN_OK;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    const size_t count = mien_elements(&layer->node->shape);
    const float *positions = layer->parameter[0]->value;
#pragma omp parallel for
    for (size_t picture = 0; picture < layer->batch; picture++) {
        const float *x = layer->input[0]->data + picture * count;
        float *y = layer->output->data + picture * count;
        for (size_t i = 0; i < count; i++) {
            y[i] = x[i] + positions[i];
        }
    }
    return MIEN_OK;
}

/// Shared out by tokens, each summed in the pictures' order.
static void write_position_gradients(const mien_layer *layer) {
    const size_t tokens = layer->node->shape.dim[0], channels = layer->node->shape.dim[1];
#pragma omp parallel for
    for (size_t token = 0; token < tokens; token++) {
        const float *y = layer->output->gradient + token * channels;
        float *sum = layer->parameter[0]->gradient + token * channels;
        memcpy(sum, y, channels * sizeof *sum);
        for (size_t picture = 1; picture < layer->batch; picture++) {
            y += tokens * channels;
            for (size_t c = 0; c < channels; c++) {
                sum[c] += y[c];
            }
        }
    }
}

static void pass_gradient(const mien_layer *layer, float *x) {
    const float *y = layer->output->gradient;
    const size_t count = mien_elements(&layer->node->shape);
    if (x == y) {
        return;
    }
#pragma omp parallel for
    for (size_t picture = 0; picture < layer->batch; picture++) {
        memcpy(x + picture * count, y + picture * count, count * sizeof *x);
    }
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    if (!layer->parameter[0]->frozen) {
        write_position_gradients(layer);
    }
    float *x = mien_layer_input_gradient(layer, 0);
    if (x) {
        pass_gradient(layer, x);
        mien_layer_input_gradient_done(layer, 0);
    }
    return MIEN_OK;
}

static void destroy(mien_layer *layer) {
    (void)layer;
}

const mien_layer_kind mien_layer_position_embedding = {
    .operator_name = "position_embedding",
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .in_place = true,
};
