// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

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

const mien_operator mien_operator_layer_norm = {
    .name = "layer_norm",
    .infer = infer,
    .lower = lower,
};

mien_node mien_layer_norm(mien_graph *graph, mien_node input, const char *name, float epsilon) {
    const mien_attributes attributes = {.epsilon = epsilon};
    return mien_graph_add(graph, &mien_operator_layer_norm, name, &input, 1, &attributes);
}
