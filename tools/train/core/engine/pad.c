// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/layer.h"

/// Where input row `row` of picture `n` begins in the padded batch.
static size_t inside(const mien_layer *layer, size_t n, size_t row, size_t column) {
    const mien_padding *padding = &layer->node->attributes.pad.padding;
    const size_t *to = layer->output->shape.dim;
    return ((n * to[0] + row + padding->top) * to[1] + column + padding->left) * to[2];
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    const size_t *from = layer->input[0]->shape.dim;
    const size_t picture = layer->output->count / layer->batch;
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        const float *x = layer->input[0]->data + n * from[0] * from[1] * from[2];
        memset(layer->output->data + n * picture, 0, picture * sizeof(float));
        for (size_t i = 0; i < from[0] * from[1]; i++, x += from[2]) {
            memcpy(layer->output->data + inside(layer, n, i / from[1], i % from[1]), x,
                   from[2] * sizeof *x);
        }
    }
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    const size_t *from = layer->input[0]->shape.dim;
    float *by_input = mien_layer_input_gradient(layer, 0);
    if (!by_input) {
        return MIEN_OK;
    }
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        float *x = by_input + n * from[0] * from[1] * from[2];
        for (size_t i = 0; i < from[0] * from[1]; i++, x += from[2]) {
            memcpy(x, layer->output->gradient + inside(layer, n, i / from[1], i % from[1]),
                   from[2] * sizeof *x);
        }
    }
    mien_layer_input_gradient_done(layer, 0);
    return MIEN_OK;
}

const mien_layer_kind mien_layer_pad = {
    .operator_name = "pad",
    .forward = forward,
    .backward = backward,
};
