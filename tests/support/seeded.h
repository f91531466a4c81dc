// SPDX-License-Identifier: Apache-2.0
/// @file
/// Weights and pictures made from names alone, the same as tests/reference/seeded.py makes: so
/// reference values by torch need neither torch nor files of weights.
#ifndef TESTS_SUPPORT_SEEDED_H
#define TESTS_SUPPORT_SEEDED_H

#include "support/memory_weights.h"

/// Value `index` of the stream called `name`, in [-1, 1).
double seeded_value(const char *name, uint64_t index);

/// A parameter_filler: values by the parameter's name and shape. `user` is not used.
void seeded_parameter(const mien_parameter *parameter, float *values, size_t count, void *user);

/// `batch` pictures, NHWC; free() them.
float *seeded_pictures(size_t batch, size_t height, size_t width, size_t channels);

/// A stream of choices for random shapes.
struct seeded_dice {
    const char *name;
    uint64_t index;
};

/// The next number from `low` to `high`, both included.
uint32_t seeded_between(struct seeded_dice *dice, uint32_t low, uint32_t high);

#endif
