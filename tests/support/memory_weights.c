// SPDX-License-Identifier: Apache-2.0
#include "support/memory_weights.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t elements_of(const mien_parameter *parameter) {
    size_t elements;
    ck_assert(mien_shape_elements(&parameter->shape, &elements));
    return elements;
}

/// The JSON header, padded with spaces to a multiple of eight; free() it.
static char *make_header(const mien_graph *graph, size_t *size) {
    char *text = NULL;
    size_t offset = 0;
    FILE *file = open_memstream(&text, size);
    ck_assert_ptr_nonnull(file);
    for (uint32_t i = 0; i < mien_graph_parameter_count(graph); i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        const size_t end = offset + elements_of(&parameter) * sizeof(float);
        char shape[MIEN_SHAPE_TEXT];
        fprintf(file, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
                i ? "," : "{", parameter.name, mien_shape_format(&parameter.shape, shape), offset,
                end);
        offset = end;
    }
    fputs(offset ? "}" : "{}", file);
    for (long at = ftell(file); at % 8; at++) {
        fputc(' ', file);
    }
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

struct memory_weights memory_weights_make(const mien_graph *graph, parameter_filler *fill,
                                          void *user) {
    size_t header_size, elements = 0;
    char *header = make_header(graph, &header_size);
    const uint32_t count = mien_graph_parameter_count(graph);
    for (uint32_t i = 0; i < count; i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        elements += elements_of(&parameter);
    }

    const size_t size = 8 + header_size + elements * sizeof(float);
    unsigned char *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)((uint64_t)header_size >> (8 * i));
    }
    memcpy(bytes + 8, header, header_size);
    free(header);

    float *values = (float *)(void *)(bytes + 8 + header_size);
    for (uint32_t i = 0; i < count; i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        fill(&parameter, values, elements_of(&parameter), user);
        values += elements_of(&parameter);
    }

    struct memory_weights result = {.bytes = bytes};
    mien_error error = MIEN_ERROR_INIT;
    const mien_status status = mien_weights_open_memory(bytes, size, &result.weights, &error);
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    return result;
}

void memory_weights_free(struct memory_weights *weights) {
    mien_weights_close(weights->weights);
    free(weights->bytes);
    *weights = (struct memory_weights){0};
}
