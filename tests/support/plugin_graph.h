// SPDX-License-Identifier: Apache-2.0
/// @file
/// The finished graph of an installed plugin under a configuration.
#ifndef TESTS_SUPPORT_PLUGIN_GRAPH_H
#define TESTS_SUPPORT_PLUGIN_GRAPH_H

#include "mien/graph.h"

/// What a manifest would say. Zeros and NULL are the plugin's defaults.
struct plugin_graph_options {
    const char *plugin;
    uint32_t side, channels; ///< of a square input
    uint32_t classes;
    const char *const *config; ///< key, value, key, value, …, NULL
};

/// Loads the plugin from MIEN_PLUGIN_PATH, as the host does, and declares the network. The graph is
/// the caller's; the plugin is closed again. Errors: a key's or the graph's.
mien_status plugin_graph_make(const struct plugin_graph_options *options, mien_graph **graph,
                              mien_error *error);

#endif
