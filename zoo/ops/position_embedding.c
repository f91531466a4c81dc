// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 2, "{tokens, channels}", error);
    if (status != MIEN_OK) {
        return status;
    }
    node->shape = *mien_graph_input_of(graph, node, 0);
    const mien_shape embedding = {.rank = 3, .dim = {1, node->shape.dim[0], node->shape.dim[1]}};
    return mien_graph_need(graph, node, node->name, "", embedding, error);
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    return mien_emit_rows(planner, node, MIEN_ROWS_ADD_PARAMETER, 1, epilogue, error);
}

const mien_operator mien_operator_position_embedding = {
    .name = "position_embedding",
    .infer = infer,
    .lower = lower,
    .takes_clamp = true,
};

mien_node mien_position_embedding(mien_graph *graph, mien_node input, const char *parameter) {
    return mien_graph_add(graph, &mien_operator_position_embedding, parameter, &input, 1, NULL);
}
