// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

#include <stdlib.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    if (!(node->attributes.epsilon >= 0)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "epsilon %g; it must be at least 0",
                         (double)node->attributes.epsilon);
    }
    mien_status status = mien_infer_same(graph, node, error);
    const mien_shape channels = {.rank = 1, .dim = {mien_last_dim(&node->shape)}};
    if (status == MIEN_OK) {
        status = mien_graph_need(graph, node, NULL, "weight", channels, error);
    }
    return status == MIEN_OK ? mien_graph_need(graph, node, NULL, "bias", channels, error) : status;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    return mien_emit_rows(planner, node, MIEN_ROWS_LAYER_NORM, 2, epilogue, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    float *weight;
    mien_status status = mien_planner_parameter(planner, node, 0, &weight, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_step *step = mien_back_step(planner, before, gradient, planner->value[before], error);
    if (!step) {
        free(weight);
        return MIEN_OUT_OF_MEMORY;
    }
    step->weight_bytes = mien_last_dim(&here->shape) * sizeof(float);
    status =
        mien_step_back_rows(step, MIEN_BACK_LAYER_NORM, mien_row_count(&here->shape),
                            mien_last_dim(&here->shape), weight, here->attributes.epsilon, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_layer_norm = {
    .name = "layer_norm",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_INPUTS,
};

mien_node mien_layer_norm(mien_graph *graph, mien_node input, const char *name, float epsilon) {
    const mien_attributes attributes = {.epsilon = epsilon};
    return mien_graph_add(graph, &mien_operator_layer_norm, name, &input, 1, &attributes);
}
