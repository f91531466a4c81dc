// SPDX-License-Identifier: Apache-2.0
/// @file
/// From logits to what people read: probabilities, and the classes that have the largest.
#ifndef MIEN_HOST_PROBABILITIES_H
#define MIEN_HOST_PROBABILITIES_H

#include <stddef.h>

/// Softmax of `count` finite logits, computed in double. `count` is at least 1. [any thread]
void mien_probabilities(const float *logits, size_t count, double *probabilities);

/// The same of some logits among others: those at `columns`, in that order. [any thread]
void mien_probabilities_among(const float *logits, const size_t *columns, size_t count,
                              double *probabilities);

/// The largest of at least one value; of equal ones the first. [any thread]
size_t mien_top_value(const float *values, size_t count);

/// Writes the indices of the `top` largest probabilities into `order`, largest first; of equal ones
/// the earlier class. `top` is at most `count`. [any thread]
void mien_top_classes(const double *probabilities, size_t count, size_t top, size_t *order);

#endif
