// SPDX-License-Identifier: Apache-2.0
// Adding nodes and parameters, and closing a graph.
#include "zoo/graph/graph.h"
#include "zoo/ops/operator.h"

#include <stdio.h>
#include <stdlib.h>

// A graph beyond this is a plugin's runaway loop; it keeps every index and recursion small.
enum { MAX_NODES = 20000, MAX_NAME = 256 };
static const size_t max_elements = (size_t)1 << 40;

mien_status mien_graph_create(mien_graph **out, mien_error *error) {
    mien_graph *graph = calloc(1, sizeof *graph);
    if (!graph) {
        return mien_fail_memory(error, "a graph");
    }
    graph->output = MIEN_NO_NODE;
    graph->explain = MIEN_NO_NODE;
    *out = graph;
    return MIEN_OK;
}

void mien_graph_free(mien_graph *graph) {
    if (!graph) {
        return;
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        free(graph->nodes[i].name);
    }
    for (uint32_t i = 0; i < graph->parameter_count; i++) {
        free(graph->parameters[i].name);
    }
    free(graph->nodes);
    free(graph->parameters);
    free(graph);
}

void mien_graph_mistake(mien_graph *graph, mien_status status, const char *format, ...) {
    if (graph->mistake.status != MIEN_OK) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    mien_fail_v(&graph->mistake, status, format, arguments);
    va_end(arguments);
}

mien_node mien_graph_reject(mien_graph *graph, const char *format, ...) {
    if (graph->mistake.status == MIEN_OK) {
        va_list arguments;
        va_start(arguments, format);
        mien_fail_v(&graph->mistake, MIEN_INVALID_ARGUMENT, format, arguments);
        va_end(arguments);
    }
    return MIEN_NO_NODE;
}

// Grows an array of `size`-byte elements so that one more fits.
static bool grow(void *array_pointer, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity) {
        return true;
    }
    uint32_t wanted = *capacity ? *capacity * 2 : 64;
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    array = realloc(array, wanted * size);
    if (!array) {
        return false;
    }
    memcpy(array_pointer, &array, sizeof array);
    *capacity = wanted;
    return true;
}

static mien_node find_name(const mien_graph *graph, const char *name) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].name, name) == 0) {
            return (mien_node)i;
        }
    }
    return MIEN_NO_NODE;
}

mien_status mien_graph_need(mien_graph *graph, mien_graph_node *node, const char *full_name,
                            const char *suffix, mien_shape shape, mien_error *error) {
    char name[MAX_NAME + 32];
    if (full_name && (!*full_name || strlen(full_name) >= sizeof name)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a parameter's name must have 1 to %zu characters", sizeof name - 1);
    }
    if (full_name) {
        strcpy(name, full_name);
    } else {
        snprintf(name, sizeof name, "%s.%s", node->name, suffix);
    }
    size_t elements;
    if (!mien_shape_elements(&shape, &elements) || elements > max_elements) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "parameter '%s' is too large", name);
    }
    uint32_t index = 0;
    while (index < graph->parameter_count && strcmp(graph->parameters[index].name, name) != 0) {
        index++;
    }
    if (index < graph->parameter_count) {
        if (!mien_shape_equal(&graph->parameters[index].shape, &shape)) {
            char first[MIEN_SHAPE_TEXT], second[MIEN_SHAPE_TEXT];
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "parameter '%s' is used as %s here and as %s before", name,
                             mien_shape_format(&shape, second),
                             mien_shape_format(&graph->parameters[index].shape, first));
        }
    } else {
        if (!grow(&graph->parameters, graph->parameter_count, &graph->parameter_capacity,
                  sizeof *graph->parameters)) {
            return mien_fail_memory(error, "a graph's parameters");
        }
        char *copy = strdup(name);
        if (!copy) {
            return mien_fail_memory(error, "a graph's parameters");
        }
        graph->parameters[graph->parameter_count++] =
            (mien_graph_parameter_entry){.name = copy, .shape = shape};
    }
    node->parameter[node->parameter_count++] = index;
    return MIEN_OK;
}

static bool inputs_are_known(mien_graph *graph, const mien_operator *operator_,
                             const mien_node *inputs, uint32_t input_count) {
    if (graph->mistake.status != MIEN_OK) {
        return false;
    }
    if (graph->finished) {
        return false;
    }
    if (graph->node_count >= MAX_NODES) {
        mien_graph_mistake(graph, MIEN_INVALID_ARGUMENT, "more than %d nodes", MAX_NODES);
        return false;
    }
    for (uint32_t i = 0; i < input_count; i++) {
        if (inputs[i] < 0 || (uint32_t)inputs[i] >= graph->node_count) {
            mien_graph_mistake(graph, MIEN_INVALID_ARGUMENT,
                               "%s: input %u is not a node of this graph (%d)", operator_->name, i,
                               inputs[i]);
            return false;
        }
    }
    return true;
}

static bool set_name(mien_graph *graph, mien_graph_node *node, const char *name) {
    char automatic[64];
    snprintf(automatic, sizeof automatic, "%s_%u", node->operator_->name, graph->node_count);
    const char *chosen = name ? name : automatic;
    if (!*chosen || strlen(chosen) > MAX_NAME) {
        mien_graph_mistake(graph, MIEN_INVALID_ARGUMENT, "%s: a name must have 1 to %d characters",
                           node->operator_->name, MAX_NAME);
        return false;
    }
    if (find_name(graph, chosen) != MIEN_NO_NODE) {
        mien_graph_mistake(graph, MIEN_INVALID_ARGUMENT, "%s '%s': another node has this name",
                           node->operator_->name, chosen);
        return false;
    }
    node->named = name != NULL;
    node->name = strdup(chosen);
    if (!node->name) {
        mien_graph_mistake(graph, MIEN_OUT_OF_MEMORY, "out of memory for a graph");
    }
    return node->name != NULL;
}

static bool infer_shape(mien_graph *graph, mien_graph_node *node) {
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = node->operator_->infer(graph, node, &error);
    if (status != MIEN_OK) {
        mien_graph_mistake(graph, status, "%s '%s': %s", node->operator_->name, node->name,
                           error.message);
        return false;
    }
    size_t elements;
    if (!mien_shape_elements(&node->shape, &elements) || elements == 0 || elements > max_elements) {
        char text[MIEN_SHAPE_TEXT];
        mien_graph_mistake(graph, MIEN_INVALID_ARGUMENT,
                           "%s '%s': its output would be %s; every dimension must be at least 1 "
                           "and the whole addressable",
                           node->operator_->name, node->name,
                           mien_shape_format(&node->shape, text));
        return false;
    }
    return true;
}

mien_node mien_graph_add(mien_graph *graph, const mien_operator *operator_, const char *name,
                         const mien_node *inputs, uint32_t input_count,
                         const mien_attributes *attributes) {
    if (!inputs_are_known(graph, operator_, inputs, input_count)) {
        return MIEN_NO_NODE;
    }
    mien_graph_node node = {.operator_ = operator_, .input_count = input_count};
    for (uint32_t i = 0; i < input_count; i++) {
        node.input[i] = inputs[i];
    }
    if (attributes) {
        node.attributes = *attributes;
    }
    if (!set_name(graph, &node, name)) {
        return MIEN_NO_NODE;
    }
    if (!infer_shape(graph, &node)) {
        free(node.name);
        return MIEN_NO_NODE;
    }
    if (!grow(&graph->nodes, graph->node_count, &graph->node_capacity, sizeof *graph->nodes)) {
        mien_graph_mistake(graph, MIEN_OUT_OF_MEMORY, "out of memory for a graph");
        free(node.name);
        return MIEN_NO_NODE;
    }
    graph->nodes[graph->node_count] = node;
    return (mien_node)graph->node_count++;
}

mien_node mien_name(mien_graph *graph, mien_node node, const char *name) {
    if (graph->finished || graph->mistake.status != MIEN_OK || node < 0 ||
        (uint32_t)node >= graph->node_count) {
        return MIEN_NO_NODE;
    }
    mien_node other = find_name(graph, name);
    if (other != MIEN_NO_NODE && other != node) {
        return mien_graph_reject(graph, "mien_name '%s': another node has this name", name);
    }
    size_t length = strlen(name);
    if (length == 0 || length > MAX_NAME) {
        return mien_graph_reject(graph, "mien_name: a name must have 1 to %d characters", MAX_NAME);
    }
    char *copy = strdup(name);
    if (!copy) {
        mien_graph_mistake(graph, MIEN_OUT_OF_MEMORY, "out of memory for a graph");
        return MIEN_NO_NODE;
    }
    free(graph->nodes[node].name);
    graph->nodes[node].name = copy;
    graph->nodes[node].named = true;
    return node;
}

void mien_explain_layer(mien_graph *graph, mien_node node, mien_extent grid) {
    if (graph->finished || graph->mistake.status != MIEN_OK || node < 0 ||
        (uint32_t)node >= graph->node_count) {
        return;
    }
    const mien_shape *shape = &graph->nodes[node].shape;
    char text[MIEN_SHAPE_TEXT];
    if (shape->rank == 2) {
        uint64_t cells = (uint64_t)grid.height * grid.width;
        if (cells == 0 || cells > shape->dim[0]) {
            mien_graph_reject(
                graph, "mien_explain_layer '%s': a grid of %u by %u does not fit tokens %s",
                graph->nodes[node].name, grid.height, grid.width, mien_shape_format(shape, text));
            return;
        }
    } else if (shape->rank != 3) {
        mien_graph_reject(graph,
                          "mien_explain_layer '%s': shape is %s; it must be {height, width, "
                          "channels} or {tokens, channels}",
                          graph->nodes[node].name, mien_shape_format(shape, text));
        return;
    }
    graph->explain = node;
    graph->explain_grid = grid;
}

/// A node's readers come after it, so each is settled before what it reads.
static void mark_leading(mien_graph *graph) {
    graph->nodes[graph->output].leads = true;
    for (mien_node i = graph->output; i > 0; i--) {
        const mien_graph_node *const node = &graph->nodes[i];
        for (uint32_t k = 0; k < node->input_count && node->leads; k++) {
            graph->nodes[node->input[k]].leads = true;
        }
    }
}

mien_status mien_graph_finish(mien_graph *graph, mien_node logits, mien_error *error) {
    if (graph->mistake.status != MIEN_OK) {
        return mien_fail(error, graph->mistake.status, "%s", graph->mistake.message);
    }
    if (graph->finished) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "the graph is already finished");
    }
    if (graph->node_count == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "the graph is empty: declare an input");
    }
    if (logits < 0 || (uint32_t)logits >= graph->node_count) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the logits are not a node of this graph (%d); a plugin's build returns "
                         "the node of its last layer",
                         (int)logits);
    }
    const mien_graph_node *node = &graph->nodes[logits];
    if (node->shape.rank != 1 || node->shape.dim[0] > UINT32_MAX) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the logits '%s' are %s; they must be a vector {classes}, at most %u",
                         node->name, mien_shape_format(&node->shape, text), UINT32_MAX);
    }
    graph->output = logits;
    mark_leading(graph);
    graph->finished = true;
    return MIEN_OK;
}
