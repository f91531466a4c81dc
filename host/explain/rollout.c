// SPDX-License-Identifier: Apache-2.0
#include "host/explain/rollout.h"

#include "host/explain/explain.h"
#include "zoo/graph/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_attention(const mien_graph *graph, mien_node node) {
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(graph, node, &info);
    return strcmp(info.operator_name, "attention") == 0;
}

static bool suits(const mien_graph *graph, mien_rollout *rollout) {
    for (uint32_t i = 0; i < rollout->count; i++) {
        const mien_shape *shape = &mien_graph_at(graph, rollout->inputs[i])->shape;
        if (i > 0 && (shape->dim[0] != rollout->tokens || shape->dim[1] != 3 * rollout->channels)) {
            return false;
        }
        rollout->tokens = shape->dim[0];
        rollout->channels = shape->dim[1] / 3;
    }
    mien_explain_layer_info layer;
    if (rollout->count == 0 || !mien_explain_layer_of(graph, rollout->inputs[0], &layer)) {
        return false;
    }
    rollout->grid = (mien_extent){layer.height, layer.width};
    return true;
}

mien_status mien_rollout_find(const mien_graph *graph, mien_rollout *rollout, mien_error *error) {
    uint32_t nodes = mien_graph_node_count(graph);
    *rollout = (mien_rollout){
        .inputs = calloc(nodes, sizeof *rollout->inputs),
        .heads = calloc(nodes, sizeof *rollout->heads),
    };
    if (!rollout->inputs || !rollout->heads) {
        mien_rollout_clear(rollout);
        return mien_fail_memory(error, "a model's attention");
    }
    for (uint32_t i = 0; i < nodes; i++) {
        if (is_attention(graph, (mien_node)i)) {
            const mien_graph_node *node = mien_graph_at(graph, (mien_node)i);
            rollout->inputs[rollout->count] = node->input[0];
            rollout->heads[rollout->count++] = node->attributes.heads;
        }
    }
    if (!suits(graph, rollout)) {
        rollout->count = 0;
    }
    return MIEN_OK;
}

void mien_rollout_clear(mien_rollout *rollout) {
    free(rollout->inputs);
    free(rollout->heads);
    *rollout = (mien_rollout){0};
}

/// Attention weights of one query over all keys of one head, softmax and all.
static void attend(const float *query, const float *keys, size_t stride, size_t tokens,
                   size_t width, float *weights) {
    float most = -INFINITY, total = 0;
    for (size_t k = 0; k < tokens; k++) {
        float dot = 0;
        for (size_t i = 0; i < width; i++) {
            dot += query[i] * keys[k * stride + i];
        }
        weights[k] = dot / sqrtf((float)width);
        most = fmaxf(most, weights[k]);
    }
    for (size_t k = 0; k < tokens; k++) {
        weights[k] = expf(weights[k] - most);
        total += weights[k];
    }
    for (size_t k = 0; k < tokens; k++) {
        weights[k] /= total;
    }
}

/// flow becomes flow · (A + I) / 2, where A is the layer's attention, mean of its heads: half of
/// what a layer makes comes past it.
static void flow_back(const mien_rollout *rollout, uint32_t layer, const float *qkv, double *flow,
                      double *next, float *weights) {
    size_t tokens = rollout->tokens, stride = 3 * rollout->channels;
    uint32_t heads = rollout->heads[layer];
    size_t width = rollout->channels / heads;
    for (size_t k = 0; k < tokens; k++) {
        next[k] = flow[k] / 2;
    }
    for (size_t query = 0; query < tokens; query++) {
        for (uint32_t head = 0; head < heads && flow[query] > 0; head++) {
            const float *row = qkv + query * stride + head * width;
            attend(row, qkv + rollout->channels + head * width, stride, tokens, width, weights);
            for (size_t k = 0; k < tokens; k++) {
                next[k] += flow[query] / (2 * heads) * (double)weights[k];
            }
        }
    }
    memcpy(flow, next, tokens * sizeof *flow);
}

mien_status mien_rollout_map(const mien_rollout *rollout, const float *const *layers, float *map,
                             mien_error *error) {
    size_t tokens = rollout->tokens, seen = (size_t)rollout->grid.height * rollout->grid.width;
    double *flow = calloc(tokens, sizeof *flow), *next = calloc(tokens, sizeof *next);
    float *weights = calloc(tokens, sizeof *weights);
    bool whole = flow && next && weights;
    for (size_t i = 0; i < tokens && whole; i++) {
        flow[i] = tokens == seen ? 1.0 / (double)tokens : i == 0;
    }
    for (uint32_t layer = rollout->count; layer > 0 && whole; layer--) {
        flow_back(rollout, layer - 1, layers[layer - 1], flow, next, weights);
    }
    for (size_t i = 0; i < seen && whole; i++) {
        map[i] = (float)flow[tokens - seen + i];
    }
    free(flow);
    free(next);
    free(weights);
    return whole ? MIEN_OK : mien_fail_memory(error, "a map");
}
