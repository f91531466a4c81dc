// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    if (input->rank < 2) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "input is %s; it must be {height, width, channels} or {tokens, channels}",
                         mien_shape_format(input, text));
    }
    node->shape = (mien_shape){.rank = 1, .dim = {mien_last_dim(input)}};
    return MIEN_OK;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_shape *input =
        mien_graph_input_of(planner->graph, mien_graph_at(planner->graph, node), 0);
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        status = mien_step_mean(step, mien_row_count(input), mien_last_dim(input), error);
    }
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    mien_step *step = mien_back_step(planner, before, gradient, MIEN_NO_VALUE, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status =
        mien_step_back_mean(step, mien_row_count(input), mien_last_dim(input), error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_global_average_pool = {
    .name = "global_average_pool",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
};

mien_node mien_global_average_pool(mien_graph *graph, mien_node input) {
    return mien_graph_add(graph, &mien_operator_global_average_pool, NULL, &input, 1, NULL);
}
