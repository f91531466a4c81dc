// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/routine.h"

typedef struct layer_norm {
    mien_routine forward, backward;
    float *mean, *variance;        // one a row, from forward to backward
    float *input_gradient;         // where none is wanted
    float *parameter_gradients[2]; // where they are frozen
} layer_norm;

static mien_status make_routines(mien_layer *layer, const_dnnl_memory_desc_t rows,
                                 mien_error *error) {
    static const int forward_arguments[] = {DNNL_ARG_SRC,
                                            DNNL_ARG_SCALE,
                                            DNNL_ARG_SHIFT,
                                            DNNL_ARG_DST,
                                            DNNL_ARG_MEAN,
                                            DNNL_ARG_VARIANCE,
                                            0};
    static const int backward_arguments[] = {
        DNNL_ARG_SRC,   DNNL_ARG_DIFF_DST, DNNL_ARG_MEAN,       DNNL_ARG_VARIANCE,   DNNL_ARG_SCALE,
        DNNL_ARG_SHIFT, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_SCALE, DNNL_ARG_DIFF_SHIFT, 0};
    layer_norm *state = layer->state;
    dnnl_engine_t engine = mien_network_engine(layer->network);
    const float epsilon = layer->node->attributes.epsilon;
    dnnl_primitive_desc_t forward = NULL, backward = NULL;
    dnnl_status_t made = dnnl_layer_normalization_forward_primitive_desc_create(
        &forward, engine, dnnl_forward_training, rows, rows, NULL, epsilon,
        dnnl_use_scale | dnnl_use_shift, NULL);
    if (made == dnnl_success) {
        made = dnnl_layer_normalization_backward_primitive_desc_create(
            &backward, engine, dnnl_backward, rows, rows, rows, NULL, epsilon,
            dnnl_use_scale | dnnl_use_shift, forward, NULL);
    }
    mien_status status = mien_layer_dnnl(layer, made, "plan", error);
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, &state->forward, forward, forward_arguments, error);
    }
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, &state->backward, backward, backward_arguments, error);
    }
    dnnl_primitive_desc_destroy(forward);
    dnnl_primitive_desc_destroy(backward);
    return status;
}

static mien_status ask_for_memory(mien_layer *layer, size_t rows, size_t channels,
                                  mien_error *error) {
    layer_norm *state = layer->state;
    const struct {
        mien_layer_memory memory;
        size_t count;
        float **pointer;
    } needs[] = {
        {MIEN_MEMORY_KEPT, rows, &state->mean},
        {MIEN_MEMORY_KEPT, rows, &state->variance},
        {MIEN_MEMORY_SCRATCH, rows * channels, &state->input_gradient},
        {MIEN_MEMORY_SCRATCH, channels, &state->parameter_gradients[0]},
        {MIEN_MEMORY_SCRATCH, channels, &state->parameter_gradients[1]},
    };
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sizeof needs / sizeof *needs && status == MIEN_OK; i++) {
        status = mien_layer_need(layer, needs[i].memory, needs[i].count * sizeof(float),
                                 (void **)needs[i].pointer, error);
    }
    return status;
}

static mien_status create(mien_layer *layer, mien_error *error) {
    const size_t channels = mien_last_dim(&layer->node->shape);
    const size_t rows = layer->output->count / channels;
    dnnl_memory_desc_t layout = NULL;
    mien_status status =
        mien_layout_make(layer, &layout, 2, (const size_t[]){rows, channels}, error);
    if (status == MIEN_OK) {
        status = make_routines(layer, layout, error);
    }
    dnnl_memory_desc_destroy(layout);
    return status == MIEN_OK ? ask_for_memory(layer, rows, channels, error) : status;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step;
    layer_norm *state = layer->state;
    void *const places[] = {layer->input[0]->data,
                            layer->parameter[0]->value,
                            layer->parameter[1]->value,
                            layer->output->data,
                            state->mean,
                            state->variance};
    return mien_routine_run(layer, &state->forward, places, error);
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    layer_norm *state = layer->state;
    float *wanted = mien_layer_input_gradient(layer, 0);
    float *parameter_gradients[2];
    for (int i = 0; i < 2; i++) {
        parameter_gradients[i] = layer->parameter[i]->frozen ? state->parameter_gradients[i]
                                                             : layer->parameter[i]->gradient;
    }
    void *const places[] = {layer->input[0]->data,
                            layer->output->gradient,
                            state->mean,
                            state->variance,
                            layer->parameter[0]->value,
                            layer->parameter[1]->value,
                            wanted ? wanted : state->input_gradient,
                            parameter_gradients[0],
                            parameter_gradients[1]};
    mien_status status = mien_routine_run(layer, &state->backward, places, error);
    if (wanted) {
        mien_layer_input_gradient_done(layer, 0);
    }
    return status;
}

static void destroy(mien_layer *layer) {
    layer_norm *state = layer->state;
    mien_routine_free(&state->forward);
    mien_routine_free(&state->backward);
}

const mien_layer_kind mien_layer_layer_norm = {
    .operator_name = "layer_norm",
    .state_size = sizeof(layer_norm),
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .needs_input = {true},
};
