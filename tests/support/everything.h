// SPDX-License-Identifier: Apache-2.0
/// @file
/// A small network that has every operator of mien/graph.h, for tests of what all of them must hold
/// to.
#ifndef TESTS_SUPPORT_EVERYTHING_H
#define TESTS_SUPPORT_EVERYTHING_H

#include "support/twin.h"

enum { EVERYTHING_SIDE = 12, EVERYTHING_CHANNELS = 8, EVERYTHING_CLASSES = 5 };

/// Declares it; returns the logits. `inner`, when not NULL, is a node from its middle.
twin everything_declare(twin_net *net, twin *inner);

/// The finished graph alone.
mien_graph *everything_graph(void);

#endif
