// SPDX-License-Identifier: Apache-2.0
// Max pooling by oneDNN, which notes each window's winner for backward.
#include "tools/train/core/engine/routine.h"

typedef struct max_pool {
    mien_routine forward, backward;
    void *winners;
} max_pool;

/// Padding behind the picture, at least `after`, such that the last window ends there or before:
/// where extents are rounded up it reaches further than was asked for.
static dnnl_dim_t behind(size_t input, uint32_t before, uint32_t after, uint32_t kernel,
                         uint32_t stride, size_t output) {
    const size_t reach = (output - 1) * stride + kernel, padded = input + before + after;
    return (dnnl_dim_t)after + (dnnl_dim_t)(reach > padded ? reach - padded : 0);
}

static dnnl_status_t lay_out(const mien_layer *layer, const mien_value *value,
                             dnnl_memory_desc_t *layout) {
    const mien_shape *shape = &value->shape;
    const dnnl_dims_t dims = {(dnnl_dim_t)layer->batch, (dnnl_dim_t)shape->dim[2],
                              (dnnl_dim_t)shape->dim[0], (dnnl_dim_t)shape->dim[1]};
    return dnnl_memory_desc_create_with_tag(layout, 4, dims, dnnl_f32, dnnl_nhwc);
}

static dnnl_status_t describe(const mien_layer *layer, const_dnnl_memory_desc_t input,
                              const_dnnl_memory_desc_t output, dnnl_primitive_desc_t *forward,
                              dnnl_primitive_desc_t *backward) {
    const mien_pool2d_options *o = &layer->node->attributes.pool2d;
    const size_t *from = layer->input[0]->shape.dim, *to = layer->output->shape.dim;
    const dnnl_dims_t stride = {o->stride.height, o->stride.width}, dilation = {0, 0};
    const dnnl_dims_t kernel = {o->kernel.height, o->kernel.width};
    const dnnl_dims_t before = {o->padding.top, o->padding.left};
    const dnnl_dims_t after = {behind(from[0], o->padding.top, o->padding.bottom, o->kernel.height,
                                      o->stride.height, to[0]),
                               behind(from[1], o->padding.left, o->padding.right, o->kernel.width,
                                      o->stride.width, to[1])};
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_status_t status = dnnl_pooling_forward_primitive_desc_create(
        forward, engine, dnnl_forward_training, dnnl_pooling_max, input, output, stride, kernel,
        dilation, before, after, NULL);
    return status == dnnl_success ? dnnl_pooling_backward_primitive_desc_create(
                                        backward, engine, dnnl_pooling_max, input, output, stride,
                                        kernel, dilation, before, after, *forward, NULL)
                                  : status;
}

static mien_status make(mien_layer *layer, const_dnnl_primitive_desc_t forward,
                        const_dnnl_primitive_desc_t backward, mien_error *error) {
    static const int forward_arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE, 0};
    static const int backward_arguments[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC,
                                             DNNL_ARG_WORKSPACE, 0};
    max_pool *state = layer->state;
    mien_status status =
        mien_routine_make(layer, &state->forward, forward, forward_arguments, error);
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, &state->backward, backward, backward_arguments, error);
    }
    if (status == MIEN_OK) {
        const size_t bytes = dnnl_memory_desc_get_size(
            dnnl_primitive_desc_query_md(forward, dnnl_query_workspace_md, 0));
        status = mien_layer_need(layer, MIEN_MEMORY_KEPT, bytes, &state->winners, error);
    }
    return status;
}

static mien_status create(mien_layer *layer, mien_error *error) {
    dnnl_memory_desc_t input = NULL, output = NULL;
    dnnl_primitive_desc_t forward = NULL, backward = NULL;
    dnnl_status_t made = lay_out(layer, layer->input[0], &input);
    if (made == dnnl_success) {
        made = lay_out(layer, layer->output, &output);
    }
    if (made == dnnl_success) {
        made = describe(layer, input, output, &forward, &backward);
    }
    mien_status status = mien_layer_dnnl(layer, made, "pool so", error);
    if (status == MIEN_OK) {
        status = make(layer, forward, backward, error);
    }
    dnnl_primitive_desc_destroy(forward);
    dnnl_primitive_desc_destroy(backward);
    dnnl_memory_desc_destroy(input);
    dnnl_memory_desc_destroy(output);
    return status;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step;
    const max_pool *state = layer->state;
    void *const places[] = {layer->input[0]->data, layer->output->data, state->winners};
    return mien_routine_run(layer, &state->forward, places, error);
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    const max_pool *state = layer->state;
    float *by_input = mien_layer_input_gradient(layer, 0);
    if (!by_input) {
        return MIEN_OK;
    }
    void *const places[] = {layer->output->gradient, by_input, state->winners};
    mien_status status = mien_routine_run(layer, &state->backward, places, error);
    mien_layer_input_gradient_done(layer, 0);
    return status;
}

static void destroy(mien_layer *layer) {
    max_pool *state = layer->state;
    mien_routine_free(&state->forward);
    mien_routine_free(&state->backward);
}

const mien_layer_kind mien_layer_max_pool2d = {
    .operator_name = "max_pool2d",
    .state_size = sizeof(max_pool),
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
