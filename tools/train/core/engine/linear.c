// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/dense.h"

static dnnl_status_t describe(const mien_layer *layer, const mien_dense_layouts *layouts,
                              const_dnnl_primitive_attr_t attributes,
                              mien_dense_descriptions *made) {
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_status_t status = dnnl_inner_product_forward_primitive_desc_create(
        &made->forward, engine, dnnl_forward_training, layouts->asked_input, layouts->asked_weight,
        layouts->bias, layouts->output, attributes);
    if (status == dnnl_success) {
        status = dnnl_inner_product_backward_weights_primitive_desc_create(
            &made->by_weight, engine, layouts->asked_input, layouts->asked_weight_gradient,
            layouts->bias, layouts->asked_output, made->forward, attributes);
    }
    if (status == dnnl_success && mien_layer_input_learns(layer, 0)) {
        status = dnnl_inner_product_backward_data_primitive_desc_create(
            &made->by_input, engine, layouts->input, layouts->asked_weight, layouts->asked_output,
            made->forward, attributes);
    }
    return status;
}

static mien_dense_tensor rows_of(const mien_value *value) {
    const dnnl_dim_t channels = (dnnl_dim_t)mien_last_dim(&value->shape);
    return (mien_dense_tensor){
        .rank = 2, .dims = {(dnnl_dim_t)value->count / channels, channels}, .tag = dnnl_ab};
}

static mien_status create(mien_layer *layer, mien_error *error) {
    mien_dense_plan plan = {
        .input = rows_of(layer->input[0]),
        .output = rows_of(layer->output),
        .bias = layer->node->attributes.linear.bias,
        .describe = describe,
    };
    plan.weight = (mien_dense_tensor){
        .rank = 2, .dims = {plan.output.dims[1], plan.input.dims[1]}, .tag = dnnl_ab};
    return mien_dense_create(layer, &plan, error);
}

const mien_layer_kind mien_layer_linear = {
    .operator_name = "linear",
    .state_size = sizeof(mien_dense),
    .create = create,
    .forward = mien_dense_forward,
    .backward = mien_dense_backward,
    .destroy = mien_dense_destroy,
    .needs_input = {true},
};
