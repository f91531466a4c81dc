// SPDX-License-Identifier: Apache-2.0
/// @file
/// Weights for any finished graph, made in memory.
#ifndef TESTS_SUPPORT_MEMORY_WEIGHTS_H
#define TESTS_SUPPORT_MEMORY_WEIGHTS_H

#include "mien/weights.h"

/// Writes a parameter's `count` numbers.
typedef void parameter_filler(const mien_parameter *parameter, float *values, size_t count,
                              void *user);

struct memory_weights {
    void *bytes; ///< a safetensors image
    mien_weights *weights;
};

/// Fills every parameter of `graph` and opens the result as a safetensors file. A failure fails the
/// test. Free with memory_weights_free().
struct memory_weights memory_weights_make(const mien_graph *graph, parameter_filler *fill,
                                          void *user);
void memory_weights_free(struct memory_weights *weights);

#endif
