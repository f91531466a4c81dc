// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

#include <stdio.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 2, "{tokens, channels}", error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    if (node->attributes.index >= input->dim[0]) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "token %u of %zu; it must be below that",
                         node->attributes.index, input->dim[0]);
    }
    node->shape = (mien_shape){.rank = 1, .dim = {input->dim[1]}};
    return MIEN_OK;
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    snprintf(text, size, "token %u", node->attributes.index);
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    size_t channels = input->dim[1];
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        status = mien_step_splice(step, NULL, 0, mien_elements(input),
                                  here->attributes.index * channels, channels, error);
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
    size_t channels = input->dim[1];
    mien_status status = mien_step_among_zeros(step, mien_elements(input),
                                               here->attributes.index * channels, channels, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_select_token = {
    .name = "select_token",
    .infer = infer,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
};

mien_node mien_select_token(mien_graph *graph, mien_node input, uint32_t index) {
    const mien_attributes attributes = {.index = index};
    return mien_graph_add(graph, &mien_operator_select_token, NULL, &input, 1, &attributes);
}
