// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 2, "{tokens, channels}", error);
    if (status != MIEN_OK) {
        return status;
    }
    node->shape = *mien_graph_input_of(graph, node, 0);
    node->shape.dim[0]++;
    const mien_shape token = {.rank = 3, .dim = {1, 1, node->shape.dim[1]}};
    return mien_graph_need(graph, node, node->name, "", token, error);
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    size_t channels = here->shape.dim[1];
    size_t count = (here->shape.dim[0] - 1) * channels;
    float *token;
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        status = mien_planner_parameter(planner, node, 0, &token, error);
    }
    if (status == MIEN_OK) {
        step->weight_bytes = channels * sizeof(float);
        status = mien_step_splice(step, token, channels, count, 0, count, error);
    }
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    size_t size = mien_elements(&here->shape), channels = here->shape.dim[1];
    mien_step *step = mien_back_step(planner, before, gradient, MIEN_NO_VALUE, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status = mien_step_splice(step, NULL, 0, size, channels, size - channels, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_class_token = {
    .name = "class_token",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
};

mien_node mien_class_token(mien_graph *graph, mien_node input, const char *parameter) {
    return mien_graph_add(graph, &mien_operator_class_token, parameter, &input, 1, NULL);
}
