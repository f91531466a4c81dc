// SPDX-License-Identifier: Apache-2.0
// A batch norm takes along the addition behind it, and the ReLU or clamp behind that, where nobody
// else reads what is between them: each spares a way through memory, forward and back.
#include "tools/train/core/engine/engine.h"

/// The node that alone reads `node`; MIEN_NO_NODE where several do, or none.
static mien_node only_reader(const mien_network *network, mien_node node) {
    const mien_graph *graph = network->graph;
    mien_node reader = MIEN_NO_NODE;
    uint32_t readers = graph->output == node; // who asks for the logits
    for (uint32_t i = 0; i < network->node_count; i++) {
        const mien_graph_node *other = mien_graph_at(graph, (mien_node)i);
        for (uint32_t k = 0; network->used[i] && k < other->input_count; k++) {
            if (other->input[k] == node) {
                reader = (mien_node)i;
                readers++;
            }
        }
    }
    return readers == 1 ? reader : MIEN_NO_NODE;
}

static bool is_clamp(const mien_network *network, mien_node node) {
    return node != MIEN_NO_NODE && (network->layers[node].kind == &mien_layer_relu ||
                                    network->layers[node].kind == &mien_layer_clamp);
}

/// What is added to `norm` by `node`, where that is known when the norm is computed; else
/// MIEN_NO_NODE.
static mien_node residual_of(const mien_network *network, mien_node norm, mien_node node) {
    if (node == MIEN_NO_NODE || network->layers[node].kind != &mien_layer_add) {
        return MIEN_NO_NODE;
    }
    const mien_node *reads = network->layers[node].reads;
    const mien_node other = reads[0] == norm ? reads[1] : reads[0];
    return other < norm ? other : MIEN_NO_NODE;
}

/// From now on `layer` makes the value of `node`.
static void take_along(mien_network *network, mien_layer *layer, mien_node node) {
    mien_layer *taken = &network->layers[node];
    taken->kind = NULL;
    taken->reads[0] = layer->index;
    taken->input_count = 1;
    layer->makes = node;
}

void mien_network_fuse(mien_network *network) {
    for (uint32_t i = 0; i < network->node_count; i++) {
        mien_layer *layer = &network->layers[i];
        if (layer->kind != &mien_layer_batch_norm) {
            continue;
        }
        mien_node next = only_reader(network, (mien_node)i);
        const mien_node residual = residual_of(network, (mien_node)i, next);
        if (residual != MIEN_NO_NODE) {
            layer->reads[1] = residual;
            layer->input[1] = &network->values[residual];
            layer->input_count = 2;
            take_along(network, layer, next);
            next = only_reader(network, next);
        }
        if (is_clamp(network, next)) {
            layer->clamp = mien_graph_at(network->graph, next);
            layer->kind = residual == MIEN_NO_NODE ? layer->kind : &mien_layer_batch_norm_gated;
            take_along(network, layer, next);
        }
    }
}
