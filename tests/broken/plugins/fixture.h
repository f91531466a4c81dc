// SPDX-License-Identifier: Apache-2.0
/// @file
/// A sound plugin to break. The second line of each fixture says what the host must answer, after
/// the file's path; "loads" where the plugin is only found out later.
#ifndef TESTS_BROKEN_FIXTURE_H
#define TESTS_BROKEN_FIXTURE_H

#include "mien/plugin.h"

#include <stddef.h>

/// The smallest network with a head: mean over the picture, one linear layer.
static inline mien_node build_small(const mien_config *config, mien_graph *graph) {
    const mien_node input =
        mien_input(graph, mien_config_input_height(config), mien_config_input_width(config),
                   mien_config_input_channels(config));
    return mien_linear(graph, mien_global_average_pool(graph, input), "head",
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static mien_input_spec spec = {
    .size = sizeof(mien_input_spec), .height = 8, .width = 8, .channels = 3, .std = {1, 1, 1}};

#define SOUND(plugin_name)                                                                         \
    {.size = sizeof(mien_plugin),                                                                  \
     .abi_version = MIEN_ABI_VERSION,                                                              \
     .id = "org.example." plugin_name,                                                             \
     .name = plugin_name,                                                                          \
     .version = "1.0.0",                                                                           \
     .license = "Apache-2.0",                                                                      \
     .summary = "A fixture of the tests",                                                          \
     .input = &spec,                                                                               \
     .build = build_small}

/// A plugin that is sound but for `change`, a statement on `plugin`. A semicolon follows.
#define BROKEN(plugin_name, change)                                                                \
    static mien_plugin plugin = SOUND(plugin_name);                                                \
    MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {                   \
        (void)host_abi;                                                                            \
        change;                                                                                    \
        return &plugin;                                                                            \
    }                                                                                              \
    extern int mien_fixture_ends_here

/// A plugin that is sound but for its configuration keys. A semicolon follows.
#define BROKEN_KEY(plugin_name, ...)                                                               \
    static const mien_config_key keys[] = {__VA_ARGS__};                                           \
    BROKEN(plugin_name, plugin.config_keys = keys;                                                 \
           plugin.config_key_count = sizeof keys / sizeof keys[0])

#endif
