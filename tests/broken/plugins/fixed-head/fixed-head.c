// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

/// Ends in seven logits whatever the classes are.
static mien_node build(const mien_config *config, mien_graph *graph) {
    return mien_linear(graph, build_small(config, graph), "seven", MIEN_LINEAR(.features = 7));
}

BROKEN("fixed-head", plugin.build = build);
