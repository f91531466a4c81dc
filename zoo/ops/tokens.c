// SPDX-License-Identifier: Apache-2.0
// A picture's patches as a sequence.
#include "zoo/ops/operator.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 3, "{height, width, channels}", error);
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    node->shape = (mien_shape){.rank = 2, .dim = {input->dim[0] * input->dim[1], input->dim[2]}};
    return status;
}

const mien_operator mien_operator_tokens = {.name = "tokens", .infer = infer};

mien_node mien_tokens(mien_graph *graph, mien_node input) {
    return mien_graph_add(graph, &mien_operator_tokens, NULL, &input, 1, NULL);
}
