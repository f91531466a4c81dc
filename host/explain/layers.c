// SPDX-License-Identifier: Apache-2.0
// Which layers of a graph have a map, and where in their numbers it lies.
#include "host/explain/explain.h"

#include <string.h>

static mien_node_info info_of(const mien_graph *graph, mien_node node) {
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(graph, node, &info);
    return info;
}

/// The grid that a graph's tokens form: the plugin's word, else the feature map they were made of.
static mien_extent token_grid(const mien_graph *graph) {
    mien_extent grid = {0, 0};
    mien_graph_explain_layer(graph, &grid);
    for (uint32_t i = 0; grid.height == 0 && i < mien_graph_node_count(graph); i++) {
        const mien_node_info info = info_of(graph, (mien_node)i);
        if (strcmp(info.operator_name, "tokens") == 0) {
            const mien_shape map = info_of(graph, info.inputs[0]).shape;
            grid = (mien_extent){(uint32_t)map.dim[0], (uint32_t)map.dim[1]};
        }
    }
    return grid;
}

bool mien_explain_layer_of(const mien_graph *graph, mien_node node,
                           mien_explain_layer_info *layer) {
    const mien_node_info info = info_of(graph, node);
    const mien_shape *shape = &info.shape;
    mien_extent grid = {0, 0};
    size_t tokens = 0;
    if (shape->rank == 3) {
        tokens = shape->dim[0] * shape->dim[1];
        grid = (mien_extent){(uint32_t)shape->dim[0], (uint32_t)shape->dim[1]};
    } else if (shape->rank == 2) {
        tokens = shape->dim[0];
        grid = token_grid(graph);
    }
    size_t seen = (size_t)grid.height * grid.width;
    if (seen < 2 || seen > tokens || !mien_graph_leads_to_output(graph, node)) {
        return false;
    }
    size_t channels = shape->dim[shape->rank - 1];
    *layer = (mien_explain_layer_info){
        .node = node,
        .name = info.name,
        .operator_name = info.operator_name,
        .height = grid.height,
        .width = grid.width,
        .channels = (uint32_t)channels,
        .offset = (tokens - seen) * channels,
    };
    return true;
}

mien_node mien_explain_default_layer(const mien_model *model) {
    const mien_graph *graph = mien_model_graph(model);
    const char *named = mien_model_manifest_of(model)->model.explain_layer.text;
    mien_node node = named ? mien_graph_find(graph, named) : mien_graph_explain_layer(graph, NULL);
    mien_explain_layer_info layer;
    if (node != MIEN_NO_NODE) {
        return node;
    }
    for (node = (mien_node)mien_graph_node_count(graph) - 1; node > 0; node--) {
        if (mien_explain_layer_of(graph, node, &layer)) {
            return node;
        }
    }
    return MIEN_NO_NODE;
}
