// SPDX-License-Identifier: Apache-2.0
// Reading a finished graph.
#include "mien/gradient.h"
#include "zoo/graph/graph.h"
#include "zoo/ops/operator.h"

#include <assert.h>

uint32_t mien_graph_node_count(const mien_graph *graph) {
    return graph->node_count;
}

static mien_cost node_cost(const mien_graph *graph, const mien_graph_node *node) {
    const mien_operator *operator_ = node->operator_;
    mien_cost cost = {0};
    if (operator_->multiply_adds) {
        cost.multiply_adds = operator_->multiply_adds(graph, node);
    }
    for (uint32_t i = 0; i < node->parameter_count; i++) {
        cost.parameters += mien_elements(&graph->parameters[node->parameter[i]].shape);
    }
    if (operator_->lower) {
        cost.activation_bytes = mien_elements(&node->shape) * sizeof(float);
    }
    return cost;
}

void mien_graph_node_info(const mien_graph *graph, mien_node index, mien_node_info *info) {
    const mien_graph_node *node = mien_graph_at(graph, index);
    const size_t asked = info->size;
    assert(asked >= offsetof(mien_node_info, detail) + sizeof info->detail &&
           "mien_node_info.size is not set");
    mien_node_info known = {
        .size = asked,
        .name = node->name,
        .operator_name = node->operator_->name,
        .shape = node->shape,
        .input_count = node->input_count,
        .inputs = node->input,
        .parameter_count = node->parameter_count,
        .cost = node_cost(graph, node),
    };
    if (node->operator_->detail) {
        node->operator_->detail(node, known.detail, sizeof known.detail);
    }
    memcpy(info, &known, asked < sizeof known ? asked : sizeof known);
}

mien_node mien_graph_find(const mien_graph *graph, const char *name) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].name, name) == 0) {
            return (mien_node)i;
        }
    }
    return MIEN_NO_NODE;
}

mien_node mien_graph_output(const mien_graph *graph) {
    return graph->output;
}

mien_shape mien_graph_input_shape(const mien_graph *graph) {
    return graph->nodes[0].shape;
}

uint32_t mien_graph_classes(const mien_graph *graph) {
    return (uint32_t)graph->nodes[graph->output].shape.dim[0];
}

mien_node mien_graph_explain_layer(const mien_graph *graph, mien_extent *grid) {
    if (grid) {
        *grid = graph->explain_grid;
    }
    return graph->explain;
}

uint32_t mien_graph_parameter_count(const mien_graph *graph) {
    return graph->parameter_count;
}

mien_parameter mien_graph_parameter(const mien_graph *graph, uint32_t index) {
    return (mien_parameter){graph->parameters[index].name, graph->parameters[index].shape};
}

bool mien_graph_leads_to_output(const mien_graph *graph, mien_node layer) {
    return mien_graph_at(graph, layer)->leads;
}

mien_cost mien_graph_cost(const mien_graph *graph) {
    mien_cost total = {0};
    for (uint32_t i = 0; i < graph->node_count; i++) {
        mien_cost cost = node_cost(graph, &graph->nodes[i]);
        total.multiply_adds += cost.multiply_adds;
        total.activation_bytes += cost.activation_bytes;
    }
    // A parameter that two nodes share counts once.
    for (uint32_t i = 0; i < graph->parameter_count; i++) {
        total.parameters += mien_elements(&graph->parameters[i].shape);
    }
    return total;
}
