// SPDX-License-Identifier: Apache-2.0
// From a graph to layers, and the drivers of a step.
#include "tools/train/core/engine/engine.h"
#include "tools/train/core/engine/parallel.h"

#include <stdlib.h>

static bool allocate(mien_network *network) {
    const uint32_t nodes = network->node_count;
    network->layers = calloc(nodes, sizeof *network->layers);
    network->values = calloc(nodes, sizeof *network->values);
    network->owner = calloc(nodes, sizeof *network->owner);
    network->lender = calloc(nodes, sizeof *network->lender);
    network->used = calloc(nodes, sizeof *network->used);
    network->learns = calloc(nodes, sizeof *network->learns);
    network->wanted = calloc(nodes, sizeof *network->wanted);
    return network->layers && network->values && network->owner && network->lender &&
           network->used && network->learns && network->wanted;
}

static mien_status open_engine(mien_network *network, mien_error *error) {
    if (dnnl_engine_create(&network->engine, dnnl_cpu, 0) != dnnl_success ||
        dnnl_stream_create(&network->stream, network->engine, dnnl_stream_default_flags) !=
            dnnl_success) {
        return mien_fail(error, MIEN_INTERNAL, "oneDNN gives no engine for this processor");
    }
    return MIEN_OK;
}

static mien_status size_values(mien_network *network, mien_error *error) {
    const size_t batch = network->options.batch;
    for (uint32_t i = 0; i < network->node_count; i++) {
        mien_value *value = &network->values[i];
        value->shape = network->graph->nodes[i].shape;
        size_t bytes;
        if (__builtin_mul_overflow(mien_elements(&value->shape), batch, &value->count) ||
            __builtin_mul_overflow(value->count, 2 * sizeof(float), &bytes)) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "a batch of %zu is too large", batch);
        }
    }
    return MIEN_OK;
}

// A view only: the numbers stay where they are.
static bool is_view(const mien_graph *graph, const mien_graph_node *node, const char *operator_) {
    if (strcmp(operator_, "flatten") == 0) {
        return node->attributes.order == MIEN_FLATTEN_HWC ||
               mien_graph_input_of(graph, node, 0)->rank != 3;
    }
    return strcmp(operator_, "tokens") == 0;
}

static mien_status choose_kinds(mien_network *network, mien_error *error) {
    for (uint32_t i = 1; i < network->node_count; i++) {
        mien_layer *layer = &network->layers[i];
        const mien_graph_node *node = mien_graph_at(network->graph, (mien_node)i);
        mien_node_info info = {.size = sizeof info};
        mien_graph_node_info(network->graph, (mien_node)i, &info);
        *layer = (mien_layer){.network = network,
                              .node = node,
                              .index = (mien_node)i,
                              .makes = (mien_node)i,
                              .input_count = node->input_count,
                              .batch = network->options.batch,
                              .output = &network->values[i]};
        for (uint32_t k = 0; k < node->input_count; k++) {
            layer->reads[k] = node->input[k];
            layer->input[k] = &network->values[node->input[k]];
        }
        if (!network->used[i] || is_view(network->graph, node, info.operator_name)) {
            continue;
        }
        layer->kind = mien_layer_kind_of(info.operator_name);
        if (!layer->kind) {
            return mien_fail(error, MIEN_UNSUPPORTED,
                             "%s '%s': this operator runs, but it cannot be trained yet",
                             info.operator_name, info.name);
        }
    }
    return MIEN_OK;
}

static mien_status create_layers(mien_network *network, mien_error *error) {
    mien_status status = MIEN_OK;
    for (uint32_t i = 0; i < network->node_count && status == MIEN_OK; i++) {
        mien_layer *layer = &network->layers[i];
        if (!layer->kind) {
            continue;
        }
        layer->state = calloc(1, layer->kind->state_size + 1);
        status = layer->state ? MIEN_OK : mien_fail_memory(error, "a layer");
        if (status == MIEN_OK && layer->kind->create) {
            status = layer->kind->create(layer, error);
        }
    }
    return status;
}

static mien_status build(mien_network *network, mien_error *error) {
    if (!allocate(network)) {
        return mien_fail_memory(error, "a network");
    }
    mien_team_size(network->options.threads);
    mien_network_trace(network);
    mien_status status = size_values(network, error);
    if (status == MIEN_OK) {
        status = open_engine(network, error);
    }
    if (status == MIEN_OK) {
        status = choose_kinds(network, error);
    }
    if (status == MIEN_OK) {
        mien_network_fuse(network);
        status = mien_parameters_create(network, error);
    }
    if (status == MIEN_OK) {
        status = mien_memory_share(network, error);
    }
    if (status == MIEN_OK) {
        status = create_layers(network, error);
    }
    return status == MIEN_OK ? mien_memory_plan(network, error) : status;
}

mien_status mien_network_create(const mien_graph *graph, const mien_network_options *options,
                                mien_network **out, mien_error *error) {
    if (!graph->finished || options->batch == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a network is made from a finished graph, for batches of at least 1");
    }
    mien_network *network = calloc(1, sizeof *network);
    if (!network) {
        return mien_fail_memory(error, "a network");
    }
    network->graph = graph;
    network->options = *options;
    network->node_count = graph->node_count;
    if (network->options.threads == 0) {
        network->options.threads = mien_team_default();
    }
    mien_status status = build(network, error);
    if (status == MIEN_OK) {
        status = mien_network_freeze(network, error);
    }
    if (status != MIEN_OK) {
        mien_network_free(network);
        return status;
    }
    *out = network;
    return MIEN_OK;
}

void mien_network_free(mien_network *network) {
    if (!network) {
        return;
    }
    for (uint32_t i = 0; network->layers && i < network->node_count; i++) {
        mien_layer *layer = &network->layers[i];
        if (layer->state && layer->kind->destroy) {
            layer->kind->destroy(layer);
        }
        free(layer->state);
    }
    mien_parameters_free(network);
    dnnl_stream_destroy(network->stream);
    dnnl_engine_destroy(network->engine);
    free(network->layers);
    free(network->values);
    free(network->owner);
    free(network->lender);
    free(network->used);
    free(network->learns);
    free(network->wanted);
    free(network->needs);
    free(network->arena);
    free(network);
}

float *mien_network_input(mien_network *network) {
    return network->values[0].data;
}

const float *mien_network_logits(const mien_network *network) {
    return network->values[network->graph->output].data;
}

size_t mien_network_logit_count(const mien_network *network) {
    return network->values[network->graph->output].count;
}

float *mien_network_logit_gradients(mien_network *network) {
    return network->values[network->graph->output].gradient;
}

mien_network_bytes mien_network_memory(const mien_network *network) {
    return (mien_network_bytes){
        .parameters = 2 * network->parameter_total * sizeof(float),
        .activations = network->arena_bytes,
    };
}

mien_status mien_network_forward(mien_network *network, mien_mode mode, uint64_t step,
                                 mien_error *error) {
    mien_team_size(network->options.threads);
    network->trained = false;
    mien_status status = MIEN_OK;
    for (uint32_t i = 0; i < network->node_count && status == MIEN_OK; i++) {
        mien_layer *layer = &network->layers[i];
        if (layer->kind) {
            status = layer->kind->forward(layer, mode, step, error);
        }
    }
    network->trained = status == MIEN_OK && mode == MIEN_MODE_TRAIN;
    return status;
}

mien_status mien_network_backward(mien_network *network, mien_error *error) {
    if (!network->trained) {
        return mien_fail(error, MIEN_INTERNAL, "backward needs a forward of training before it");
    }
    mien_team_size(network->options.threads);
    network->trained = false; // layers work in place: what backward reads is gone afterwards
    mien_status status = MIEN_OK;
    for (uint32_t i = network->node_count; i-- > 0 && status == MIEN_OK;) {
        mien_layer *layer = &network->layers[i];
        if (layer->kind && network->wanted[layer->makes]) {
            status = layer->kind->backward(layer, error);
            mien_parameters_add_shadows(network, layer);
        }
    }
    return status;
}
