// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/dense.h"

/// A convolution's numbers as oneDNN takes them.
typedef struct geometry {
    dnnl_dims_t stride, dilation, before, after;
} geometry;

static geometry geometry_of(const mien_conv2d_options *o) {
    return (geometry){
        .stride = {o->stride.height, o->stride.width},
        .dilation = {(dnnl_dim_t)o->dilation.height - 1, (dnnl_dim_t)o->dilation.width - 1},
        .before = {o->padding.top, o->padding.left},
        .after = {o->padding.bottom, o->padding.right},
    };
}

static mien_dense_tensor feature_map(size_t batch, const mien_shape *shape) {
    return (mien_dense_tensor){
        .rank = 4,
        .dims = {(dnnl_dim_t)batch, (dnnl_dim_t)shape->dim[2], (dnnl_dim_t)shape->dim[0],
                 (dnnl_dim_t)shape->dim[1]},
        .tag = dnnl_nhwc,
    };
}

static mien_dense_tensor weight_of(const mien_conv2d_options *o, size_t channels) {
    const dnnl_dim_t groups = o->groups, filters = o->filters, depth = (dnnl_dim_t)channels;
    if (groups == 1) {
        return (mien_dense_tensor){.rank = 4,
                                   .dims = {filters, depth, o->kernel.height, o->kernel.width},
                                   .tag = dnnl_oihw};
    }
    return (mien_dense_tensor){
        .rank = 5,
        .dims = {groups, filters / groups, depth / groups, o->kernel.height, o->kernel.width},
        .tag = dnnl_goihw};
}

static dnnl_status_t describe(const mien_layer *layer, const mien_dense_layouts *layouts,
                              const_dnnl_primitive_attr_t attributes,
                              mien_dense_descriptions *made) {
    dnnl_engine_t engine = mien_network_engine(layer->network);
    const geometry g = geometry_of(&layer->node->attributes.conv2d);
    dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(
        &made->forward, engine, dnnl_forward_training, dnnl_convolution_direct,
        layouts->asked_input, layouts->asked_weight, layouts->bias, layouts->output, g.stride,
        g.dilation, g.before, g.after, attributes);
    if (status == dnnl_success) {
        status = dnnl_convolution_backward_weights_primitive_desc_create(
            &made->by_weight, engine, dnnl_convolution_direct, layouts->asked_input,
            layouts->asked_weight_gradient, layouts->bias, layouts->asked_output, g.stride,
            g.dilation, g.before, g.after, made->forward, attributes);
    }
    if (status == dnnl_success && mien_layer_input_learns(layer, 0)) {
        status = dnnl_convolution_backward_data_primitive_desc_create(
            &made->by_input, engine, dnnl_convolution_direct, layouts->input, layouts->asked_weight,
            layouts->asked_output, g.stride, g.dilation, g.before, g.after, made->forward,
            attributes);
    }
    return status;
}

static mien_status create(mien_layer *layer, mien_error *error) {
    const mien_conv2d_options *o = &layer->node->attributes.conv2d;
    const mien_dense_plan plan = {
        .input = feature_map(layer->batch, &layer->input[0]->shape),
        .weight = weight_of(o, layer->input[0]->shape.dim[2]),
        .output = feature_map(layer->batch, &layer->output->shape),
        .bias = o->bias,
        .describe = describe,
    };
    return mien_dense_create(layer, &plan, error);
}

const mien_layer_kind mien_layer_conv2d = {
    .operator_name = "conv2d",
    .state_size = sizeof(mien_dense),
    .create = create,
    .forward = mien_dense_forward,
    .backward = mien_dense_backward,
    .destroy = mien_dense_destroy,
    .needs_input = {true},
};
