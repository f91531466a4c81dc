// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

static mien_node reject(const mien_config *config, mien_graph *graph) {
    (void)config;
    return mien_graph_reject(graph, "width %d is not a multiple of %d heads", 10, 3);
}

BROKEN("rejects", plugin.build = reject);
