// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    if (node->attributes.order != MIEN_FLATTEN_HWC && node->attributes.order != MIEN_FLATTEN_CHW) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "unknown order %d",
                         (int)node->attributes.order);
    }
    node->shape = (mien_shape){.rank = 1, .dim = {mien_elements(input)}};
    return MIEN_OK;
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    (void)size;
    strcpy(text, node->attributes.order == MIEN_FLATTEN_CHW ? "channels first" : "");
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    if (here->attributes.order == MIEN_FLATTEN_HWC || input->rank != 3) {
        return mien_planner_value(planner, here->input[0], &planner->value[epilogue->result],
                                  error);
    }
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        status = mien_step_to_chw(step, input, error);
    }
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    if (here->attributes.order == MIEN_FLATTEN_HWC || input->rank != 3) {
        return mien_back_give(planner, before, gradient, error);
    }
    mien_step *step = mien_back_step(planner, before, gradient, MIEN_NO_VALUE, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    // {C, H·W} to {H·W, C} is what a picture of C columns and H·W channels would go through.
    const mien_shape planes = {.rank = 3, .dim = {1, input->dim[2], input->dim[0] * input->dim[1]}};
    return mien_back_done(planner, before, mien_step_to_chw(step, &planes, error), error);
}

const mien_operator mien_operator_flatten = {
    .name = "flatten",
    .infer = infer,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
};

mien_node mien_flatten(mien_graph *graph, mien_node input, mien_flatten_order order) {
    const mien_attributes attributes = {.order = order};
    return mien_graph_add(graph, &mien_operator_flatten, NULL, &input, 1, &attributes);
}
