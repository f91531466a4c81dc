// SPDX-License-Identifier: Apache-2.0
// Any bytes as a safetensors file, every byte of every tensor read, and the whole held against a
// graph.
#include "mien/weights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static mien_graph *graph;

/// What the seeds have: "fc.weight" [2, 3] and "fc.bias" [2].
static void make_graph(void) {
    if (mien_graph_create(&graph, NULL) != MIEN_OK) {
        abort();
    }
    mien_node node = mien_flatten(graph, mien_input(graph, 1, 1, 3), MIEN_FLATTEN_HWC);
    node = mien_linear(graph, node, "fc", MIEN_LINEAR(.features = 2, .bias = true));
    if (mien_graph_finish(graph, node, NULL) != MIEN_OK) {
        abort();
    }
}

/// Names are in order, sizes are those of the shapes, and together the tensors are the file.
static void check_tensors(const mien_weights *weights) {
    size_t total = 0;
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < mien_weights_count(weights); i++) {
        const mien_named_tensor named = mien_weights_at(weights, i);
        const mien_tensor *tensor = &named.tensor;
        size_t elements;
        if ((i > 0 && strcmp(mien_weights_at(weights, i - 1).name, named.name) >= 0) ||
            mien_weights_find(weights, named.name)->data != tensor->data ||
            !mien_shape_elements(&tensor->shape, &elements) ||
            elements * mien_dtype_size(tensor->dtype) != tensor->bytes ||
            (tensor->bytes && (uintptr_t)tensor->data % mien_dtype_size(tensor->dtype) != 0)) {
            abort();
        }
        for (size_t k = 0; k < tensor->bytes; k++) {
            sum ^= ((const uint8_t *)tensor->data)[k];
        }
        total += tensor->bytes;
    }
    if (total != mien_weights_bytes(weights)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_weights *weights = NULL;
    mien_error error = MIEN_ERROR_INIT;
    if (!graph) {
        make_graph();
    }
    if (mien_weights_open_memory(bytes, size, &weights, &error) != MIEN_OK) {
        if (error.status != MIEN_BAD_INPUT || !error.message[0] || weights) {
            abort(); // a failure must say why, and leave nothing
        }
        return 0;
    }
    check_tensors(weights);
    const char *format = mien_weights_metadata(weights, "format");
    if (format && strlen(format) > size) {
        abort();
    }
    if (mien_weights_check(weights, graph, &error) == MIEN_OK && mien_weights_count(weights) != 2) {
        abort();
    }
    mien_weights_close(weights);
    return 0;
}
