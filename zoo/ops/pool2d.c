// SPDX-License-Identifier: Apache-2.0
// Max and average pooling.
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

#include <stdio.h>

static size_t output_extent(size_t input, uint32_t before, uint32_t after, uint32_t kernel,
                            uint32_t stride, bool ceil_mode) {
    uint64_t padded = (uint64_t)input + before + after;
    if (padded < kernel) {
        return 0;
    }
    uint64_t steps = padded - kernel;
    uint64_t output = (ceil_mode ? (steps + stride - 1) / stride : steps / stride) + 1;
    // As in PyTorch, a window must not start beyond the picture.
    if (ceil_mode && (output - 1) * stride >= (uint64_t)input + before) {
        output--;
    }
    return (size_t)output;
}

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 3, "{height, width, channels}", error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    const mien_pool2d_options *o = &node->attributes.pool2d;
    enum { MAX_EXTENT = 1 << 16 };
    if ((uint64_t)o->kernel.height * o->kernel.width < 2 || o->kernel.height > MAX_EXTENT ||
        o->kernel.width > MAX_EXTENT) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a window of %u by %u; it must hold at least two pixels and be at most "
                         "%d a side",
                         o->kernel.height, o->kernel.width, MAX_EXTENT);
    }
    if (o->stride.height > o->kernel.height || o->stride.width > o->kernel.width) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "stride %u by %u and window %u by %u; the stride must be at most the "
                         "window",
                         o->stride.height, o->stride.width, o->kernel.height, o->kernel.width);
    }
    const mien_padding *p = &o->padding;
    if (p->top >= o->kernel.height || p->bottom >= o->kernel.height || p->left >= o->kernel.width ||
        p->right >= o->kernel.width) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "padding %u, %u, %u, %u (top, right, bottom, left) and window %u by %u; "
                         "each side must be less than the window",
                         p->top, p->right, p->bottom, p->left, o->kernel.height, o->kernel.width);
    }
    size_t height = output_extent(input->dim[0], p->top, p->bottom, o->kernel.height,
                                  o->stride.height, o->ceil_mode);
    size_t width = output_extent(input->dim[1], p->left, p->right, o->kernel.width, o->stride.width,
                                 o->ceil_mode);
    if (height == 0 || width == 0) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a window of %u by %u does not fit input %s with its padding",
                         o->kernel.height, o->kernel.width, mien_shape_format(input, text));
    }
    node->shape = (mien_shape){.rank = 3, .dim = {height, width, input->dim[2]}};
    return MIEN_OK;
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    const mien_pool2d_options *o = &node->attributes.pool2d;
    snprintf(text, size, "%ux%u stride %u", o->kernel.height, o->kernel.width, o->stride.height);
}

// What ceil mode's last windows reach beyond the padding.
static uint32_t overhang(size_t input, uint32_t before, uint32_t after, uint32_t kernel,
                         uint32_t stride, size_t output) {
    uint64_t reach = (uint64_t)(output - 1) * stride + kernel;
    uint64_t padded = (uint64_t)input + before + after;
    return reach > padded ? (uint32_t)(reach - padded) : 0;
}

static bool any(const mien_padding *padding) {
    return padding->top || padding->right || padding->bottom || padding->left;
}

// Averages that count padding pool over a picture with real zeros around it.
static mien_status pad_first(mien_planner *planner, const mien_graph_node *here,
                             const mien_shape *input, int32_t *value, mien_shape *padded,
                             mien_error *error) {
    const mien_padding *p = &here->attributes.pool2d.padding;
    *padded = (mien_shape){.rank = 3,
                           .dim = {input->dim[0] + p->top + p->bottom,
                                   input->dim[1] + p->left + p->right, input->dim[2]}};
    mien_step *step =
        mien_planner_scratch_step(planner, *value, mien_elements(padded), here->input[0], error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    *value = step->output;
    mien_status status = mien_step_pad(step, *p, 0, input, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         bool average, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_pool2d_options *o = &here->attributes.pool2d;
    mien_shape input = *mien_graph_input_of(planner->graph, here, 0);
    mien_padding padding = o->padding;
    uint32_t bottom = overhang(input.dim[0], padding.top, padding.bottom, o->kernel.height,
                               o->stride.height, here->shape.dim[0]);
    uint32_t right = overhang(input.dim[1], padding.left, padding.right, o->kernel.width,
                              o->stride.width, here->shape.dim[1]);
    int32_t value;
    mien_status status = mien_planner_value(planner, here->input[0], &value, error);
    if (status == MIEN_OK && average && o->count_padding && any(&padding)) {
        mien_shape padded;
        status = pad_first(planner, here, &input, &value, &padded, error);
        input = padded;
        padding = (mien_padding){0};
    }
    if (status != MIEN_OK) {
        return status;
    }
    padding.bottom += bottom;
    padding.right += right;
    mien_step *step = mien_planner_step(planner, value, MIEN_NO_VALUE, epilogue, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    step->node = node;
    status = mien_step_pool(step, average, o, padding, &input, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status lower_max(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                             mien_error *error) {
    return lower(planner, node, epilogue, false, error);
}

static mien_status lower_average(mien_planner *planner, mien_node node,
                                 const mien_epilogue *epilogue, mien_error *error) {
    return lower(planner, node, epilogue, true, error);
}

static mien_status gradient_max(mien_planner *planner, mien_node node, int32_t gradient,
                                mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    mien_step *step = mien_back_step(planner, before, gradient, planner->value[before], error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status =
        mien_step_back_max_pool(step, &here->attributes.pool2d,
                                mien_graph_input_of(planner->graph, here, 0), &here->shape, error);
    return mien_back_done(planner, before, status, error);
}

static mien_status gradient_average(mien_planner *planner, mien_node node, int32_t gradient,
                                    mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    mien_step *step = mien_back_step(planner, before, gradient, MIEN_NO_VALUE, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status = mien_step_back_average_pool(step, &here->attributes.pool2d,
                                                     mien_graph_input_of(planner->graph, here, 0),
                                                     &here->shape, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_max_pool2d = {
    .name = "max_pool2d",
    .infer = infer,
    .detail = detail,
    .lower = lower_max,
    .gradient = gradient_max,
    .gradient_reads = MIEN_READS_INPUTS,
    .takes_clamp = true,
};

const mien_operator mien_operator_average_pool2d = {
    .name = "average_pool2d",
    .infer = infer,
    .detail = detail,
    .lower = lower_average,
    .gradient = gradient_average,
    .takes_clamp = true,
};

static mien_node add_pool(mien_graph *graph, const mien_operator *operator_, mien_node input,
                          const mien_pool2d_options *options) {
    mien_attributes attributes;
    mien_copy_options(&attributes.pool2d, sizeof attributes.pool2d, options);
    mien_pool2d_options *o = &attributes.pool2d;
    o->stride.height = o->stride.height ? o->stride.height : o->kernel.height;
    o->stride.width = o->stride.width ? o->stride.width : o->kernel.width;
    return mien_graph_add(graph, operator_, NULL, &input, 1, &attributes);
}

mien_node mien_max_pool2d(mien_graph *graph, mien_node input, const mien_pool2d_options *options) {
    return add_pool(graph, &mien_operator_max_pool2d, input, options);
}

mien_node mien_average_pool2d(mien_graph *graph, mien_node input,
                              const mien_pool2d_options *options) {
    return add_pool(graph, &mien_operator_average_pool2d, input, options);
}
