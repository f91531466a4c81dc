// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/softmax.h"

mien_status mien_softmax_make(const mien_layer *layer, mien_softmax_routines *routines, size_t rows,
                              size_t length, mien_error *error) {
    static const int forward_arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, 0};
    static const int backward_arguments[] = {DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, 0};
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_memory_desc_t layout = NULL;
    mien_status status = mien_layout_make(layer, &layout, 2, (const size_t[]){rows, length}, error);
    if (status != MIEN_OK) {
        return status;
    }
    dnnl_primitive_desc_t forward = NULL, backward = NULL;
    dnnl_status_t made = dnnl_softmax_forward_primitive_desc_create(
        &forward, engine, dnnl_forward_training, dnnl_softmax_accurate, layout, layout, 1, NULL);
    if (made == dnnl_success) {
        made = dnnl_softmax_backward_primitive_desc_create(
            &backward, engine, dnnl_softmax_accurate, layout, layout, layout, 1, forward, NULL);
    }
    status = mien_layer_dnnl(layer, made, "plan its softmax", error);
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, &routines->forward, forward, forward_arguments, error);
    }
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, &routines->backward, backward, backward_arguments, error);
    }
    dnnl_primitive_desc_destroy(forward);
    dnnl_primitive_desc_destroy(backward);
    dnnl_memory_desc_destroy(layout);
    return status;
}

void mien_softmax_free(mien_softmax_routines *routines) {
    mien_routine_free(&routines->forward);
    mien_routine_free(&routines->backward);
}

static mien_status create(mien_layer *layer, mien_error *error) {
    const size_t length = mien_last_dim(&layer->node->shape);
    return mien_softmax_make(layer, layer->state, layer->output->count / length, length, error);
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step;
    mien_softmax_routines *state = layer->state;
    void *const places[] = {layer->input[0]->data, layer->output->data};
    return mien_routine_run(layer, &state->forward, places, error);
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    mien_softmax_routines *state = layer->state;
    float *gradient = mien_layer_input_gradient(layer, 0);
    if (!gradient) {
        return MIEN_OK;
    }
    void *const places[] = {layer->output->data, layer->output->gradient, gradient};
    mien_status status = mien_routine_run(layer, &state->backward, places, error);
    mien_layer_input_gradient_done(layer, 0);
    return status;
}

static void destroy(mien_layer *layer) {
    mien_softmax_free(layer->state);
}

const mien_layer_kind mien_layer_softmax = {
    .operator_name = "softmax",
    .state_size = sizeof(mien_softmax_routines),
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .needs_output = true,
    .in_place = true,
};
