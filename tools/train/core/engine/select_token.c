// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/layer.h"

static mien_status create(mien_layer *layer, mien_error *error) {
    (void)layer, (void)error;
    return MIEN_OK;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    const size_t channels = layer->node->shape.dim[0];
    const size_t before = layer->input[0]->count / layer->batch;
    const float *x = layer->input[0]->data + layer->node->attributes.index * channels;
    for (size_t picture = 0; picture < layer->batch; picture++) {
        memcpy(layer->output->data + picture * channels, x + picture * before,
               channels * sizeof *x);
    }
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    const size_t channels = layer->node->shape.dim[0];
    const size_t before = layer->input[0]->count / layer->batch;
    const size_t chosen = layer->node->attributes.index * channels;
    float *x = mien_layer_input_gradient(layer, 0);
    if (x) {
        memset(x, 0, layer->input[0]->count * sizeof *x);
        for (size_t picture = 0; picture < layer->batch; picture++) {
            memcpy(x + picture * before + chosen, layer->output->gradient + picture * channels,
                   channels * sizeof *x);
        }
        mien_layer_input_gradient_done(layer, 0);
    }
    return MIEN_OK;
}

static void destroy(mien_layer *layer) {
    (void)layer;
}

const mien_layer_kind mien_layer_select_token = {
    .operator_name = "select_token",
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
