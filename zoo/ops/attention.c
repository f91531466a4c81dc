// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/attention.h"
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

#include <stdio.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status =
        mien_expect_rank(graph, node, 2, "{tokens, 3 x channels}: queries, keys, values", error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    uint32_t heads = node->attributes.heads;
    size_t channels = input->dim[1] / 3;
    if (heads == 0 || input->dim[1] % 3 != 0 || channels % heads != 0) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "input is %s with %u heads; the last dimension must be a multiple of 3 "
                         "times the heads",
                         mien_shape_format(input, text), heads);
    }
    node->shape = (mien_shape){.rank = 2, .dim = {input->dim[0], channels}};
    return MIEN_OK;
}

static uint64_t multiply_adds(const mien_graph *graph, const mien_graph_node *node) {
    (void)graph;
    uint64_t tokens = node->shape.dim[0], channels = node->shape.dim[1];
    return 2 * tokens * tokens * channels;
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    snprintf(text, size, "%u heads of %zu", node->attributes.heads,
             node->shape.dim[1] / node->attributes.heads);
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        step->multiply_adds = multiply_adds(planner->graph, here);
        status = mien_step_attention(step, here->shape.dim[0], here->shape.dim[1],
                                     here->attributes.heads, error);
    }
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node qkv = here->input[0];
    mien_step *step = mien_back_step(planner, qkv, gradient, planner->value[qkv], error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    step->multiply_adds = 5 * multiply_adds(planner->graph, here) / 2; // five products, not two
    mien_status status = mien_step_back_attention(step, here->shape.dim[0], here->shape.dim[1],
                                                  here->attributes.heads, error);
    return mien_back_done(planner, qkv, status, error);
}

const mien_operator mien_operator_attention = {
    .name = "attention",
    .infer = infer,
    .multiply_adds = multiply_adds,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_INPUTS,
};

mien_node mien_attention(mien_graph *graph, mien_node qkv, uint32_t heads) {
    const mien_attributes attributes = {.heads = heads};
    return mien_graph_add(graph, &mien_operator_attention, NULL, &qkv, 1, &attributes);
}
