// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

static mien_node forget(const mien_config *config, mien_graph *graph) {
    (void)build_small(config, graph);
    return MIEN_NO_NODE;
}

BROKEN("returns-no-node", plugin.build = forget);
