// SPDX-License-Identifier: Apache-2.0
// A plugin in C++20: designated initialisers in the members' order, a named input rule.
#include <mien/plugin.h>

static mien_node build(const mien_config *config, mien_graph *graph) {
    mien_node x =
        mien_input(graph, mien_config_input_height(config), mien_config_input_width(config),
                   mien_config_input_channels(config));
    x = mien_conv2d(graph, x, "conv1",
                    MIEN_CONV2D(.filters = 4, .kernel = {3, 3}, .stride = {2, 2},
                                .padding = {1, 1, 1, 1}, .bias = true));
    x = mien_max_pool2d(graph, mien_relu(graph, x), MIEN_POOL2D(.kernel = {2, 2}));
    return mien_linear(graph, mien_global_average_pool(graph, x), "head",
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const mien_input_spec input = {.size = sizeof(mien_input_spec),
                                      .height = 16,
                                      .width = 16,
                                      .channels = 1,
                                      .color = MIEN_GRAY,
                                      .resize = MIEN_RESIZE_STRETCH,
                                      .crop_fraction = 0,
                                      .mean = {0},
                                      .std = {1}};

static const mien_config_key keys[] = {
    MIEN_CONFIG_KEY(.name = "unused", .type = MIEN_CONFIG_INTEGER, .default_text = "3",
                    .minimum = 1, .maximum = 9, .choices = nullptr, .help = "One of every kind.")};

static const mien_plugin plugin = {.size = sizeof(mien_plugin),
                                   .abi_version = MIEN_ABI_VERSION,
                                   .id = "org.example.cpp",
                                   .name = "cpp",
                                   .version = "1.0.0",
                                   .license = "Apache-2.0",
                                   .summary = "A plugin in C++",
                                   .config_keys = keys,
                                   .config_key_count = 1,
                                   .input = &input,
                                   .build = build,
                                   .open = nullptr,
                                   .run = nullptr,
                                   .close = nullptr,
                                   .get_extension = nullptr};

const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : nullptr;
}
