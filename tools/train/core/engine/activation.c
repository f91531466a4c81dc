// SPDX-License-Identifier: Apache-2.0
// Smooth functions of one number, by oneDNN: they touch each number once, so memory is what they
// cost, and one table row is what they differ in.
#include "tools/train/core/engine/routine.h"

typedef struct activation {
    mien_routine forward, backward;
} activation;

static mien_status make_routines(mien_layer *layer, dnnl_alg_kind_t function, float alpha,
                                 float beta, const_dnnl_memory_desc_t numbers, mien_error *error) {
    static const int forward_arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, 0};
    const int backward_arguments[] = {layer->kind->needs_output ? DNNL_ARG_DST : DNNL_ARG_SRC,
                                      DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, 0};
    activation *state = layer->state;
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_primitive_desc_t forward = NULL, backward = NULL;
    dnnl_status_t made = dnnl_eltwise_forward_primitive_desc_create(
        &forward, engine, dnnl_forward_training, function, numbers, numbers, alpha, beta, NULL);
    if (made == dnnl_success) {
        made = dnnl_eltwise_backward_primitive_desc_create(
            &backward, engine, function, numbers, numbers, numbers, alpha, beta, forward, NULL);
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

static mien_status create(mien_layer *layer, dnnl_alg_kind_t function, float alpha, float beta,
                          mien_error *error) {
    dnnl_memory_desc_t layout = NULL;
    mien_status status =
        mien_layout_make(layer, &layout, 1, (const size_t[]){layer->output->count}, error);
    if (status == MIEN_OK) {
        status = make_routines(layer, function, alpha, beta, layout, error);
    }
    dnnl_memory_desc_destroy(layout);
    return status;
}

static mien_status create_gelu(mien_layer *layer, mien_error *error) {
    return create(layer, dnnl_eltwise_gelu_erf, 0, 0, error);
}

static mien_status create_sigmoid(mien_layer *layer, mien_error *error) {
    return create(layer, dnnl_eltwise_logistic_use_dst_for_bwd, 0, 0, error);
}

static mien_status create_silu(mien_layer *layer, mien_error *error) {
    return create(layer, dnnl_eltwise_swish, 1, 0, error);
}

static mien_status create_hard_swish(mien_layer *layer, mien_error *error) {
    return create(layer, dnnl_eltwise_hardswish, 1.0f / 6, 0.5f, error);
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step;
    activation *state = layer->state;
    void *const places[] = {layer->input[0]->data, layer->output->data};
    return mien_routine_run(layer, &state->forward, places, error);
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    activation *state = layer->state;
    float *gradient = mien_layer_input_gradient(layer, 0);
    if (!gradient) {
        return MIEN_OK;
    }
    void *const places[] = {layer->kind->needs_output ? layer->output->data : layer->input[0]->data,
                            layer->output->gradient, gradient};
    mien_status status = mien_routine_run(layer, &state->backward, places, error);
    mien_layer_input_gradient_done(layer, 0);
    return status;
}

static void destroy(mien_layer *layer) {
    activation *state = layer->state;
    mien_routine_free(&state->forward);
    mien_routine_free(&state->backward);
}

#define MIEN_ACTIVATION(name, ...)                                                                 \
    const mien_layer_kind mien_layer_##name = {.operator_name = #name,                             \
                                               .state_size = sizeof(activation),                   \
                                               .create = create_##name,                            \
                                               .forward = forward,                                 \
                                               .backward = backward,                               \
                                               .destroy = destroy,                                 \
                                               __VA_ARGS__}

MIEN_ACTIVATION(gelu, .needs_input = {true});
MIEN_ACTIVATION(sigmoid, .needs_output = true, .in_place = true); // y·(1 − y)
MIEN_ACTIVATION(silu, .needs_input = {true});
MIEN_ACTIVATION(hard_swish, .needs_input = {true});
