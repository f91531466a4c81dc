// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/dense.h"
#include "zoo/xnn/steps.h"
#include "zoo/xnn/winograd.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_EXTENT = 1 << 16, MAX_FILTERS = 1 << 20 };

static bool output_extent(size_t input, uint64_t padding, uint32_t kernel, uint32_t dilation,
                          uint32_t stride, size_t *output) {
    uint64_t window = (uint64_t)dilation * (kernel - 1) + 1;
    uint64_t padded = input + padding;
    if (padded < window) {
        return false;
    }
    *output = (size_t)((padded - window) / stride + 1);
    return true;
}

static mien_status check_options(const mien_conv2d_options *o, size_t channels, mien_error *error) {
    if (o->kernel.height == 0 || o->kernel.width == 0 || o->filters == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "kernel %u by %u and %u filters; all must be at least 1", o->kernel.height,
                         o->kernel.width, o->filters);
    }
    const uint32_t extents[] = {
        o->kernel.height,  o->kernel.width, o->stride.height, o->stride.width,   o->dilation.height,
        o->dilation.width, o->padding.top,  o->padding.right, o->padding.bottom, o->padding.left};
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        if (extents[i] > MAX_EXTENT) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "kernel, stride, dilation and padding must be at most %d", MAX_EXTENT);
        }
    }
    if (o->filters > MAX_FILTERS || channels % o->groups != 0 || o->filters % o->groups != 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "%zu channels and %u filters in %u groups; both must be multiples of the "
                         "groups, and filters at most %d",
                         channels, o->filters, o->groups, MAX_FILTERS);
    }
    return MIEN_OK;
}

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 3, "{height, width, channels}", error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    const mien_conv2d_options *o = &node->attributes.conv2d;
    size_t channels = input->dim[2];
    status = check_options(o, channels, error);
    if (status != MIEN_OK) {
        return status;
    }
    size_t height, width;
    if (!output_extent(input->dim[0], (uint64_t)o->padding.top + o->padding.bottom,
                       o->kernel.height, o->dilation.height, o->stride.height, &height) ||
        !output_extent(input->dim[1], (uint64_t)o->padding.left + o->padding.right, o->kernel.width,
                       o->dilation.width, o->stride.width, &width)) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a kernel of %u by %u (dilation %u by %u) does not fit input %s with "
                         "padding %u, %u, %u, %u (top, right, bottom, left)",
                         o->kernel.height, o->kernel.width, o->dilation.height, o->dilation.width,
                         mien_shape_format(input, text), o->padding.top, o->padding.right,
                         o->padding.bottom, o->padding.left);
    }
    node->shape = (mien_shape){.rank = 3, .dim = {height, width, o->filters}};
    const mien_shape weight = {
        .rank = 4,
        .dim = {o->filters, channels / o->groups, o->kernel.height, o->kernel.width},
    };
    status = mien_graph_need(graph, node, o->weight, "weight", weight, error);
    if (status == MIEN_OK && o->bias) {
        const mien_shape bias = {.rank = 1, .dim = {o->filters}};
        status = mien_graph_need(graph, node, o->bias_name, "bias", bias, error);
    }
    // The names were the caller's and need not outlive this call.
    node->attributes.conv2d.weight = NULL;
    node->attributes.conv2d.bias_name = NULL;
    return status;
}

static uint64_t multiply_adds(const mien_graph *graph, const mien_graph_node *node) {
    const mien_conv2d_options *o = &node->attributes.conv2d;
    uint64_t per_filter = mien_graph_input_of(graph, node, 0)->dim[2] / o->groups *
                          (uint64_t)o->kernel.height * o->kernel.width;
    return per_filter * mien_elements(&node->shape);
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    const mien_conv2d_options *o = &node->attributes.conv2d;
    int used = snprintf(text, size, "%ux%u", o->kernel.height, o->kernel.width);
    if (o->stride.height != 1 || o->stride.width != 1) {
        used += snprintf(text + used, size - (size_t)used, " stride %u", o->stride.height);
    }
    if (o->dilation.height != 1 || o->dilation.width != 1) {
        used += snprintf(text + used, size - (size_t)used, " dilation %u", o->dilation.height);
    }
    if (o->groups != 1) {
        used += snprintf(text + used, size - (size_t)used, " groups %u", o->groups);
    }
    snprintf(text + used, size - (size_t)used, ", %u filters", o->filters);
}

// Multiplies the batch norm that follows into weight and bias.
static mien_status fold(const mien_planner *planner, mien_node batch_norm, size_t filters,
                        size_t per_filter, float *weight, float **bias, mien_error *error) {
    float *scale, *shift;
    mien_status status = mien_planner_batch_norm(planner, batch_norm, &scale, &shift, error);
    if (status != MIEN_OK) {
        return status;
    }
    for (size_t f = 0; f < filters; f++) {
        for (size_t i = 0; i < per_filter; i++) {
            weight[f * per_filter + i] *= scale[f];
        }
        if (*bias) {
            shift[f] += (*bias)[f] * scale[f];
        }
    }
    free(scale);
    free(*bias);
    *bias = shift;
    return MIEN_OK;
}

static mien_status load(const mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                        float **weight, float **bias, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_conv2d_options *o = &here->attributes.conv2d;
    mien_status status = mien_planner_parameter(planner, node, 0, weight, error);
    if (status == MIEN_OK && o->bias) {
        status = mien_planner_parameter(planner, node, 1, bias, error);
    }
    if (status == MIEN_OK && epilogue->batch_norm != MIEN_NO_NODE) {
        size_t per_filter = mien_graph_input_of(planner->graph, here, 0)->dim[2] / o->groups *
                            (size_t)o->kernel.height * o->kernel.width;
        status = fold(planner, epilogue->batch_norm, o->filters, per_filter, *weight, bias, error);
    }
    return status;
}

static mien_status fill_winograd(mien_step *step, const mien_planner *planner, mien_node node,
                                 float *weight, float *bias, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    const mien_winograd_options options = {
        .tile = planner->winograd[node],
        .height = input->dim[0],
        .width = input->dim[1],
        .inputs = input->dim[2],
        .outputs = here->attributes.conv2d.filters,
        .padding = here->attributes.conv2d.padding,
        .weight = weight,
        .bias = bias,
    };
    mien_status status = mien_step_winograd(step, &options, error);
    free(bias);
    return status;
}

// Winograd and our products add a residual on their way out.
static bool takes_residual(const mien_planner *planner, mien_node node) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    return planner->winograd[node] != 0 ||
           (here->attributes.conv2d.groups == 1 && mien_dense_pays());
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    bool winograd = planner->winograd[node] != 0;
    int32_t input, residual = MIEN_NO_VALUE;
    float *weight = NULL, *bias = NULL;
    mien_status status = MIEN_OK;
    if (epilogue->residual != MIEN_NO_NODE) {
        status = mien_planner_value(planner, epilogue->residual, &residual, error);
    }
    if (status == MIEN_OK) {
        status = mien_planner_value(planner, here->input[0], &input, error);
    }
    if (status == MIEN_OK) {
        status = load(planner, node, epilogue, &weight, &bias, error);
    }
    mien_step *step = NULL;
    if (status == MIEN_OK) {
        step = mien_planner_step(planner, input, residual, epilogue, error);
        status = step ? MIEN_OK : MIEN_OUT_OF_MEMORY;
    }
    if (status != MIEN_OK) {
        free(weight);
        free(bias);
        return status;
    }
    step->node = node;
    step->multiply_adds = multiply_adds(planner->graph, here);
    status = winograd ? fill_winograd(step, planner, node, weight, bias, error)
                      : mien_step_convolution(step, &here->attributes.conv2d,
                                              mien_graph_input_of(planner->graph, here, 0), weight,
                                              bias, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

// The gradient of a convolution is a convolution of its output's gradient, whose weights are turned
// and whose channels have changed places. A stride puts zeros between that gradient's pixels.
// (XNNPACK's deconvolution does the same and needs no zeros, but writes beyond its own tables where
// the picture is smaller than the stride, and knows neither Winograd nor depthwise kernels.)

/// What goes back: the gradient spread over a grid, from which `top` rows and `left` columns that
/// were padding alone are cut off.
typedef struct way_back {
    bool spreads;
    mien_shape grid;
    size_t top, left;
    mien_padding padding;
} way_back;

typedef struct back_axis {
    size_t extent, cut;
    uint32_t before, after;
} back_axis;

static back_axis axis_back(uint32_t reach, uint32_t stride, uint32_t before, uint32_t after,
                           size_t input, size_t output) {
    if (stride == 1 && before <= reach && after <= reach) {
        return (back_axis){output, 0, reach - before, reach - after};
    }
    uint32_t padding = reach > before ? reach - before : 0;
    return (back_axis){input + reach - padding, before > reach ? before - reach : 0, padding, 0};
}

static way_back find_way_back(const mien_graph *graph, const mien_graph_node *node) {
    const mien_conv2d_options *o = &node->attributes.conv2d;
    const mien_shape *input = mien_graph_input_of(graph, node, 0), *output = &node->shape;
    back_axis down = axis_back(o->dilation.height * (o->kernel.height - 1), o->stride.height,
                               o->padding.top, o->padding.bottom, input->dim[0], output->dim[0]);
    back_axis across = axis_back(o->dilation.width * (o->kernel.width - 1), o->stride.width,
                                 o->padding.left, o->padding.right, input->dim[1], output->dim[1]);
    return (way_back){
        .spreads = down.extent != output->dim[0] || across.extent != output->dim[1] || down.cut ||
                   across.cut || o->stride.height != 1 || o->stride.width != 1,
        .grid = {.rank = 3, .dim = {down.extent, across.extent, output->dim[2]}},
        .top = down.cut,
        .left = across.cut,
        .padding = {down.before, across.after, down.after, across.before},
    };
}

static float *turned(const float *weight, const mien_conv2d_options *o, size_t channels) {
    size_t area = (size_t)o->kernel.height * o->kernel.width;
    size_t inputs = channels / o->groups, outputs = o->filters / o->groups;
    float *target = malloc(o->filters * inputs * area * sizeof *target);
    for (size_t filter = 0; target && filter < o->filters; filter++) {
        for (size_t c = 0; c < inputs; c++) {
            const float *source = weight + (filter * inputs + c) * area;
            size_t row = filter / outputs * inputs + c;
            for (size_t k = 0; k < area; k++) {
                target[(row * outputs + filter % outputs) * area + area - 1 - k] = source[k];
            }
        }
    }
    return target;
}

static uint32_t tile_back(const mien_planner *planner, const mien_graph_node *here) {
    const mien_conv2d_options *o = &here->attributes.conv2d;
    bool suits = o->kernel.height == 3 && o->kernel.width == 3 && o->dilation.height == 1 &&
                 o->dilation.width == 1 && o->groups == 1 && !planner->small;
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    return suits ? mien_choose_tile(input, here->shape.dim[2]) : 0;
}

/// Fills `step`, which convolves a picture of shape `from`. `weight` is taken over.
static mien_status fill_back(mien_step *step, const mien_planner *planner,
                             const mien_graph_node *here, const mien_shape *from,
                             mien_padding padding, float *weight, mien_error *error) {
    size_t channels = mien_graph_input_of(planner->graph, here, 0)->dim[2];
    float *back = turned(weight, &here->attributes.conv2d, channels);
    free(weight);
    if (!back) {
        return mien_fail_memory(error, "weights");
    }
    step->multiply_adds = multiply_adds(planner->graph, here);
    uint32_t tile = tile_back(planner, here);
    if (tile) {
        const mien_winograd_options winograd = {
            .tile = tile,
            .height = from->dim[0],
            .width = from->dim[1],
            .inputs = from->dim[2],
            .outputs = channels,
            .padding = padding,
            .weight = back,
        };
        return mien_step_winograd(step, &winograd, error);
    }
    mien_conv2d_options options = here->attributes.conv2d;
    options.filters = (uint32_t)channels;
    options.padding = padding;
    options.stride = (mien_extent){1, 1};
    return mien_step_convolution(step, &options, from, back, NULL, error);
}

/// Spreads `*value` over the way's grid, before the convolution.
static mien_status spread_first(mien_planner *planner, mien_node node, const way_back *way,
                                int32_t *value, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_step *step =
        mien_planner_scratch_step(planner, *value, mien_elements(&way->grid), node, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    *value = step->output;
    mien_status status = mien_step_spread(step, &here->shape, here->attributes.conv2d.stride,
                                          way->top, way->left, &way->grid, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

/// A 1×1 kernel sees one pixel, so that the convolution comes first, over fewer pixels.
static mien_status spread_last(mien_planner *planner, mien_node node, const way_back *way,
                               int32_t gradient, float *weight, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    mien_shape small = here->shape;
    small.dim[2] = input->dim[2];
    mien_step *step =
        mien_planner_scratch_step(planner, gradient, mien_elements(&small), node, error);
    if (!step) {
        free(weight);
        return MIEN_OUT_OF_MEMORY;
    }
    int32_t value = step->output;
    mien_status status =
        fill_back(step, planner, here, &here->shape, (mien_padding){0}, weight, error);
    if (status == MIEN_OK) {
        status = mien_planner_pack(planner, error);
    }
    step = status == MIEN_OK ? mien_back_step(planner, here->input[0], value, MIEN_NO_VALUE, error)
                             : NULL;
    if (!step) {
        return status == MIEN_OK ? MIEN_OUT_OF_MEMORY : status;
    }
    status = mien_step_spread(step, &small, here->attributes.conv2d.stride, way->top, way->left,
                              input, error);
    return mien_back_done(planner, here->input[0], status, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_conv2d_options *o = &here->attributes.conv2d;
    mien_node before = here->input[0];
    const way_back way = find_way_back(planner->graph, here);
    mien_epilogue scale = mien_epilogue_none(node);
    scale.batch_norm = planner->back[node].batch_norm;
    float *weight = NULL, *bias = NULL;
    mien_status status = load(planner, node, &scale, &weight, &bias, error);
    free(bias);
    if (status == MIEN_OK && way.spreads && o->kernel.height == 1 && o->kernel.width == 1) {
        return spread_last(planner, node, &way, gradient, weight, error);
    }
    if (status == MIEN_OK && way.spreads) {
        status = spread_first(planner, node, &way, &gradient, error);
    }
    mien_step *step = NULL;
    if (status == MIEN_OK) {
        bool adds = tile_back(planner, here) || (o->groups == 1 && mien_dense_pays());
        int32_t so_far = adds ? mien_back_take(planner, before) : MIEN_NO_VALUE;
        step = mien_back_step(planner, before, gradient, so_far, error);
        status = step ? MIEN_OK : MIEN_OUT_OF_MEMORY;
    }
    if (status != MIEN_OK) {
        free(weight);
        return status;
    }
    status = fill_back(step, planner, here, &way.grid, way.padding, weight, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_conv2d = {
    .name = "conv2d",
    .infer = infer,
    .multiply_adds = multiply_adds,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
    .takes_clamp = true,
    .takes_fold = true,
    .takes_residual = takes_residual,
};

static uint32_t or_one(uint32_t value) {
    return value ? value : 1;
}

mien_node mien_conv2d(mien_graph *graph, mien_node input, const char *name,
                      const mien_conv2d_options *options) {
    mien_attributes attributes;
    mien_copy_options(&attributes.conv2d, sizeof attributes.conv2d, options);
    mien_conv2d_options *o = &attributes.conv2d;
    o->stride = (mien_extent){or_one(o->stride.height), or_one(o->stride.width)};
    o->dilation = (mien_extent){or_one(o->dilation.height), or_one(o->dilation.width)};
    o->groups = or_one(o->groups);
    return mien_graph_add(graph, &mien_operator_conv2d, name, &input, 1, &attributes);
}
