// SPDX-License-Identifier: Apache-2.0
// What acts in training only: inference sees through it.
#include "zoo/ops/operator.h"

#include <stdio.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    float rate = node->attributes.rate;
    if (!(rate >= 0 && rate < 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "rate %g; it must be at least 0 and below 1",
                         (double)rate);
    }
    return mien_infer_same(graph, node, error);
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    snprintf(text, size, "rate %g", (double)node->attributes.rate);
}

const mien_operator mien_operator_dropout = {
    .name = "dropout",
    .infer = infer,
    .detail = detail,
};

const mien_operator mien_operator_stochastic_depth = {
    .name = "stochastic_depth",
    .infer = infer,
    .detail = detail,
};

mien_node mien_dropout(mien_graph *graph, mien_node input, float rate) {
    const mien_attributes attributes = {.rate = rate};
    return mien_graph_add(graph, &mien_operator_dropout, NULL, &input, 1, &attributes);
}

mien_node mien_stochastic_depth(mien_graph *graph, mien_node input, float rate) {
    const mien_attributes attributes = {.rate = rate};
    return mien_graph_add(graph, &mien_operator_stochastic_depth, NULL, &input, 1, &attributes);
}
