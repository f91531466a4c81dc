// SPDX-License-Identifier: Apache-2.0
// Shape rules that several operators share.
#include "zoo/ops/operator.h"

mien_status mien_expect_rank(const mien_graph *graph, const mien_graph_node *node, uint32_t rank,
                             const char *rule, mien_error *error) {
    const mien_shape *shape = mien_graph_input_of(graph, node, 0);
    if (rank == 0 || shape->rank == rank) {
        return MIEN_OK;
    }
    char text[MIEN_SHAPE_TEXT];
    return mien_fail(error, MIEN_INVALID_ARGUMENT, "input is %s; it must be %s",
                     mien_shape_format(shape, text), rule);
}

mien_status mien_infer_same(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    (void)error;
    node->shape = *mien_graph_input_of(graph, node, 0);
    return MIEN_OK;
}
