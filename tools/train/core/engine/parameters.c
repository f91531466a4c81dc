// SPDX-License-Identifier: Apache-2.0
// Parameters: their values and gradients, who uses them, and which are frozen.
#include "tools/train/core/engine/engine.h"
#include "tools/train/core/engine/rows.h"

#include <stdlib.h>

static mien_parameter_role role_of(const mien_network *network, mien_node node, uint32_t index) {
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(network->graph, node, &info);
    if (strcmp(info.operator_name, "batch_norm") == 0 && index >= 2) {
        return MIEN_ROLE_STATISTIC;
    }
    const bool products =
        strcmp(info.operator_name, "conv2d") == 0 || strcmp(info.operator_name, "linear") == 0;
    return products && index == 0 ? MIEN_ROLE_WEIGHT : MIEN_ROLE_OTHER;
}

static mien_status describe(mien_network *network, mien_error *error) {
    const mien_graph *graph = network->graph;
    size_t total = 0;
    for (uint32_t i = 0; i < network->parameter_count; i++) {
        mien_network_parameter *parameter = &network->parameters[i];
        const mien_parameter known = mien_graph_parameter(graph, i);
        *parameter = (mien_network_parameter){
            .name = known.name, .shape = known.shape, .node = MIEN_NO_NODE};
        parameter->count = mien_elements(&known.shape);
        size_t bytes;
        if (__builtin_add_overflow(total, parameter->count, &total) ||
            __builtin_mul_overflow(total, sizeof(float), &bytes)) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "the parameters are too large together");
        }
    }
    for (uint32_t i = 0; i < network->node_count; i++) {
        const mien_graph_node *node = mien_graph_at(graph, (mien_node)i);
        for (uint32_t k = 0; k < node->parameter_count; k++) {
            mien_network_parameter *parameter = &network->parameters[node->parameter[k]];
            if (parameter->node == MIEN_NO_NODE) {
                parameter->node = (mien_node)i;
                parameter->role = role_of(network, (mien_node)i, k);
            }
        }
    }
    network->parameter_total = total;
    return MIEN_OK;
}

static mien_status allocate(mien_network *network, mien_error *error) {
    network->parameter_values = calloc(network->parameter_total + 1, sizeof(float));
    network->parameter_gradients = calloc(network->parameter_total + 1, sizeof(float));
    if (!network->parameter_values || !network->parameter_gradients) {
        return mien_fail_memory(error, "parameters and their gradients");
    }
    size_t offset = 0;
    for (uint32_t i = 0; i < network->parameter_count; i++) {
        mien_network_parameter *parameter = &network->parameters[i];
        parameter->value = network->parameter_values + offset;
        if (parameter->role != MIEN_ROLE_STATISTIC) {
            parameter->gradient = network->parameter_gradients + offset;
        }
        offset += parameter->count;
    }
    return MIEN_OK;
}

// From the last layer on, as backward goes: whoever comes second to a parameter gets a shadow.
static mien_status connect(mien_network *network, bool *taken, mien_error *error) {
    for (uint32_t i = network->node_count; i-- > 0;) {
        mien_layer *layer = &network->layers[i];
        for (uint32_t k = 0; layer->kind && k < layer->node->parameter_count; k++) {
            const uint32_t index = layer->node->parameter[k];
            mien_network_parameter *real = &network->parameters[index];
            layer->parameter[k] = real;
            if (!taken[index] || !real->gradient) {
                taken[index] = true;
                continue;
            }
            mien_shadow *shadow = &network->shadows[network->shadow_count++];
            *shadow = (mien_shadow){.parameter = *real, .real = real, .layer = layer};
            layer->parameter[k] = &shadow->parameter;
            mien_status status =
                mien_layer_need(layer, MIEN_MEMORY_SCRATCH, real->count * sizeof(float),
                                (void **)&shadow->parameter.gradient, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
    }
    return MIEN_OK;
}

/// Which nodes depend on a parameter that can learn; on one that does, when `frozen` ones count as
/// constants.
static void follow(const mien_network *network, bool heed_frozen, bool *depends) {
    for (uint32_t i = 0; i < network->node_count; i++) {
        const mien_graph_node *node = mien_graph_at(network->graph, (mien_node)i);
        depends[i] = false;
        for (uint32_t k = 0; k < node->input_count; k++) {
            depends[i] |= depends[node->input[k]];
        }
        for (uint32_t k = 0; k < node->parameter_count; k++) {
            const mien_network_parameter *parameter = &network->parameters[node->parameter[k]];
            depends[i] |=
                parameter->role != MIEN_ROLE_STATISTIC && !(heed_frozen && parameter->frozen);
        }
        depends[i] &= network->used[i];
    }
}

mien_status mien_parameters_create(mien_network *network, mien_error *error) {
    network->parameter_count = network->graph->parameter_count;
    const size_t uses = (size_t)network->node_count * MIEN_NODE_PARAMETERS;
    network->parameters = calloc((size_t)network->parameter_count + 1, sizeof *network->parameters);
    network->shadows = calloc(uses, sizeof *network->shadows);
    bool *taken = calloc((size_t)network->parameter_count + 1, sizeof *taken);
    mien_status status = network->parameters && network->shadows && taken
                             ? describe(network, error)
                             : mien_fail_memory(error, "parameters");
    if (status == MIEN_OK) {
        status = allocate(network, error);
    }
    if (status == MIEN_OK) {
        status = connect(network, taken, error);
    }
    if (status == MIEN_OK) {
        follow(network, false, network->learns);
    }
    free(taken);
    return status;
}

void mien_parameters_free(mien_network *network) {
    free(network->parameters);
    free(network->shadows);
    free(network->parameter_values);
    free(network->parameter_gradients);
}

void mien_parameters_add_shadows(mien_network *network, const mien_layer *layer) {
    for (uint32_t i = 0; i < network->shadow_count; i++) {
        const mien_shadow *shadow = &network->shadows[i];
        if (shadow->layer == layer && !shadow->real->frozen) {
            float *sum = shadow->real->gradient;
            mien_add_rows(sum, shadow->parameter.gradient, sum, shadow->real->count);
        }
    }
}

mien_network_parameter *mien_network_parameters(mien_network *network, size_t *count) {
    *count = network->parameter_count;
    return network->parameters;
}

float *mien_network_values(mien_network *network, size_t *count) {
    *count = network->parameter_total;
    return network->parameter_values;
}

float *mien_network_gradients(mien_network *network) {
    return network->parameter_gradients;
}

void mien_network_trace(mien_network *network) {
    const mien_graph *graph = network->graph;
    network->used[graph->output] = true;
    for (uint32_t i = network->node_count; i-- > 0;) {
        const mien_graph_node *node = mien_graph_at(graph, (mien_node)i);
        for (uint32_t k = 0; network->used[i] && k < node->input_count; k++) {
            network->used[node->input[k]] = true;
        }
    }
}

mien_status mien_network_freeze(mien_network *network, mien_error *error) {
    (void)error;
    follow(network, true, network->wanted);
    for (uint32_t i = 0; i < network->parameter_count; i++) {
        const mien_network_parameter *parameter = &network->parameters[i];
        if (parameter->gradient && parameter->frozen) {
            memset(parameter->gradient, 0, parameter->count * sizeof(float));
        }
    }
    for (uint32_t i = 0; i < network->shadow_count; i++) {
        network->shadows[i].parameter.frozen = network->shadows[i].real->frozen;
    }
    return MIEN_OK;
}
