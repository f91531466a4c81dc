// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/layer.h"

static mien_status create(mien_layer *layer, mien_error *error) {
    (void)layer, (void)error;
    return MIEN_OK;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    const size_t channels = layer->node->shape.dim[1];
    const size_t before = layer->input[0]->count / layer->batch, after = before + channels;
    const float *token = layer->parameter[0]->value, *x = layer->input[0]->data;
    float *y = layer->output->data;
#pragma omp parallel for
    for (size_t picture = 0; picture < layer->batch; picture++) {
        memcpy(y + picture * after, token, channels * sizeof *y);
        memcpy(y + picture * after + channels, x + picture * before, before * sizeof *y);
    }
    return MIEN_OK;
}

/// Summed in the pictures' order.
static void write_token_gradient(const mien_layer *layer, size_t after) {
    const size_t channels = layer->node->shape.dim[1];
    const float *y = layer->output->gradient;
    float *token = layer->parameter[0]->gradient;
    memcpy(token, y, channels * sizeof *token);
    for (size_t picture = 1; picture < layer->batch; picture++) {
        for (size_t c = 0; c < channels; c++) {
            token[c] += y[picture * after + c];
        }
    }
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    const size_t channels = layer->node->shape.dim[1];
    const size_t before = layer->input[0]->count / layer->batch, after = before + channels;
    const float *y = layer->output->gradient;
    if (!layer->parameter[0]->frozen) {
        write_token_gradient(layer, after);
    }
    float *x = mien_layer_input_gradient(layer, 0);
    if (x) {
#pragma omp parallel for
        for (size_t picture = 0; picture < layer->batch; picture++) {
            memcpy(x + picture * before, y + picture * after + channels, before * sizeof *x);
        }
        mien_layer_input_gradient_done(layer, 0);
    }
    return MIEN_OK;
}

static void destroy(mien_layer *layer) {
    (void)layer;
}

const mien_layer_kind mien_layer_class_token = {
    .operator_name = "class_token",
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
