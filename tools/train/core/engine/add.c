// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/layer.h"
#include "tools/train/core/engine/rows.h"

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    mien_add_rows(layer->input[0]->data, layer->input[1]->data, layer->output->data,
                  layer->output->count);
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    for (uint32_t k = 0; k < 2; k++) {
        const float *gradient = layer->output->gradient;
        float *by_input = layer->input[k]->gradient;
        if (!mien_layer_input_gradient(layer, k) || by_input == gradient) {
            continue;
        }
        if (layer->accumulates[k]) {
            mien_add_rows(by_input, gradient, by_input, layer->output->count);
        } else {
            mien_copy_rows(by_input, gradient, layer->output->count);
        }
    }
    return MIEN_OK;
}

const mien_layer_kind mien_layer_add = {
    .operator_name = "add",
    .forward = forward,
    .backward = backward,
    .in_place = true,
};
