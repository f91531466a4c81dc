// SPDX-License-Identifier: Apache-2.0
// A feature map in PyTorch's order. (In the order of its memory it is a view, and has no layer.)
#include "tools/train/core/engine/routine.h"

typedef struct flatten {
    mien_routine forward, backward;
} flatten;

static mien_status make_reorder(const mien_layer *layer, mien_routine *routine,
                                const_dnnl_memory_desc_t from, const_dnnl_memory_desc_t to,
                                mien_error *error) {
    static const int arguments[] = {DNNL_ARG_FROM, DNNL_ARG_TO, 0};
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t made =
        dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL);
    mien_status status = mien_layer_dnnl(layer, made, "plan", error);
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, routine, description, arguments, error);
    }
    dnnl_primitive_desc_destroy(description);
    return status;
}

static mien_status create(mien_layer *layer, mien_error *error) {
    flatten *state = layer->state;
    const mien_shape *shape = &layer->input[0]->shape;
    const size_t height = shape->dim[0], width = shape->dim[1], channels = shape->dim[2];
    const size_t picture = height * width * channels;
    const size_t dims[4] = {layer->batch, channels, height, width};
    const size_t strides[4] = {picture, 1, width * channels, channels};
    dnnl_memory_desc_t hwc = NULL, chw = NULL;
    mien_status status = mien_layout_make_strided(layer, &hwc, 4, dims, strides, error);
    if (status == MIEN_OK) {
        status = mien_layout_make(layer, &chw, 4, dims, error);
    }
    if (status == MIEN_OK) {
        status = make_reorder(layer, &state->forward, hwc, chw, error);
    }
    if (status == MIEN_OK) {
        status = make_reorder(layer, &state->backward, chw, hwc, error);
    }
    dnnl_memory_desc_destroy(hwc);
    dnnl_memory_desc_destroy(chw);
    return status;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step;
    flatten *state = layer->state;
    void *const places[] = {layer->input[0]->data, layer->output->data};
    return mien_routine_run(layer, &state->forward, places, error);
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    flatten *state = layer->state;
    float *gradient = mien_layer_input_gradient(layer, 0);
    if (!gradient) {
        return MIEN_OK;
    }
    void *const places[] = {layer->output->gradient, gradient};
    mien_status status = mien_routine_run(layer, &state->backward, places, error);
    mien_layer_input_gradient_done(layer, 0);
    return status;
}

static void destroy(mien_layer *layer) {
    flatten *state = layer->state;
    mien_routine_free(&state->forward);
    mien_routine_free(&state->backward);
}

const mien_layer_kind mien_layer_flatten = {
    .operator_name = "flatten",
    .state_size = sizeof(flatten),
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
