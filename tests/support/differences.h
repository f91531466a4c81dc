// SPDX-License-Identifier: Apache-2.0
/// @file
/// Gradients of a network under training against finite differences.
#ifndef TESTS_SUPPORT_DIFFERENCES_H
#define TESTS_SUPPORT_DIFFERENCES_H

#include "tools/train/core/engine/network.h"

/// A network over `graph` with seeded values and pictures; any failure fails the test.
mien_network *differences_network(const mien_graph *graph, const mien_network_options *options);

/// What all checks differentiate: the logits' sum with seeded weights. Runs forward in training.
double differences_loss(mien_network *network);
/// The same and then backward.
void differences_backward(mien_network *network);

/// Checks the gradient of every parameter that is not frozen: along a seeded direction and for a
/// few numbers alone, by central differences. Fails the test where one is off by more than
/// `tolerance` of the parameter's largest gradient. Running statistics are put back each time.
void differences_check(mien_network *network, double tolerance, const char *label);

#endif
