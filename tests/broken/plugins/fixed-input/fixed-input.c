// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

/// Takes 5×5 pictures whatever the input rule says.
static mien_node build(const mien_config *config, mien_graph *graph) {
    const mien_node input = mien_input(graph, 5, 5, 3);
    return mien_linear(graph, mien_global_average_pool(graph, input), "head",
                       MIEN_LINEAR(.features = mien_config_classes(config)));
}

BROKEN("fixed-input", plugin.build = build);
