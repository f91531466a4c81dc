// SPDX-License-Identifier: Apache-2.0
/// @file
/// The graph's insides, for operators and for the planner.
#ifndef MIEN_GRAPH_GRAPH_H
#define MIEN_GRAPH_GRAPH_H

#include "mien/graph.h"

#include <string.h>

typedef struct mien_operator mien_operator;

enum { MIEN_NODE_INPUTS = 2, MIEN_NODE_PARAMETERS = 4 };

/// What an operator was asked for; which member counts, the operator knows.
typedef union mien_attributes {
    mien_conv2d_options conv2d;
    mien_linear_options linear;
    mien_pool2d_options pool2d;
    struct {
        float low, high;
    } clamp;
    struct {
        mien_padding padding;
        uint32_t channels_after;
    } pad;
    mien_flatten_order order;
    float epsilon;
    float rate;
    uint32_t heads;
    uint32_t index;
} mien_attributes;

typedef struct mien_graph_node {
    const mien_operator *operator_;
    char *name;
    bool named; ///< by mien_name() or by its parameters' prefix
    mien_shape shape;
    uint32_t input_count;
    mien_node input[MIEN_NODE_INPUTS];
    uint32_t parameter_count;
    uint32_t parameter[MIEN_NODE_PARAMETERS]; ///< indices into the graph's parameters
    mien_attributes attributes;
    bool leads; ///< the output depends on it; known once the graph is finished
} mien_graph_node;

typedef struct mien_graph_parameter_entry {
    char *name;
    mien_shape shape;
} mien_graph_parameter_entry;

struct mien_graph {
    mien_graph_node *nodes;
    uint32_t node_count, node_capacity;
    mien_graph_parameter_entry *parameters;
    uint32_t parameter_count, parameter_capacity;
    mien_node output;
    mien_node explain;
    mien_extent explain_grid;
    bool finished;
    mien_error mistake; ///< the first one
};

/// The mistake of one operator call: "<operator> '<name>': <message>", kept when it is the first.
void mien_graph_mistake(mien_graph *graph, mien_status status, const char *format, ...)
    MIEN_PRINTF(3, 4);

/// Adds a node of `operator_` on `inputs`; runs its shape rule. `name` is the parameters' prefix,
/// NULL for operators without any. Returns MIEN_NO_NODE after a mistake.
mien_node mien_graph_add(mien_graph *graph, const mien_operator *operator_, const char *name,
                         const mien_node *inputs, uint32_t input_count,
                         const mien_attributes *attributes);

/// Gives `node` the parameter `full_name`, or "<node name>.<suffix>" when that is NULL. A name
/// already there with the same shape is shared. Called by shape rules.
mien_status mien_graph_need(mien_graph *graph, mien_graph_node *node, const char *full_name,
                            const char *suffix, mien_shape shape, mien_error *error);

static inline const mien_graph_node *mien_graph_at(const mien_graph *graph, mien_node node) {
    return &graph->nodes[node];
}

static inline const mien_shape *mien_graph_input_of(const mien_graph *graph,
                                                    const mien_graph_node *node, uint32_t index) {
    return &graph->nodes[node->input[index]].shape;
}

static inline size_t mien_last_dim(const mien_shape *shape) {
    return shape->dim[shape->rank - 1];
}

/// Elements of a shape that the graph has checked for overflow.
static inline size_t mien_elements(const mien_shape *shape) {
    size_t product = 1;
    for (uint32_t i = 0; i < shape->rank; i++) {
        product *= shape->dim[i];
    }
    return product;
}

/// Copies an options struct of the caller's size over defaults of zero, whatever its version.
static inline void mien_copy_options(void *target, size_t target_size, const void *source) {
    size_t source_size = *(const size_t *)source;
    memset(target, 0, target_size);
    memcpy(target, source, source_size < target_size ? source_size : target_size);
}

#endif
