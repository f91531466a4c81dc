// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    (void)graph;
    (void)error;
    const mien_padding *extent = &node->attributes.pad.padding;
    node->shape = (mien_shape){.rank = 3, .dim = {extent->top, extent->right, extent->bottom}};
    return MIEN_OK;
}

// The planner gives the input its value before it starts.
static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    (void)planner;
    (void)node;
    (void)epilogue;
    return mien_fail(error, MIEN_INTERNAL, "the input has no value");
}

const mien_operator mien_operator_input = {.name = "input", .infer = infer, .lower = lower};

mien_node mien_input(mien_graph *graph, uint32_t height, uint32_t width, uint32_t channels) {
    if (graph->node_count != 0) {
        return mien_graph_reject(graph, "input: it must be the graph's first node, and the only");
    }
    const mien_attributes attributes = {.pad = {.padding = {height, width, channels, 0}}};
    return mien_graph_add(graph, &mien_operator_input, "input", NULL, 0, &attributes);
}
