// SPDX-License-Identifier: Apache-2.0
// A small network for grey faces, the one of network.py: blocks of convolution, batch norm, ReLU
// and max-pooling, then the mean over the picture and one linear layer.
#include <mien/plugin.h>
#include <stdio.h>

static mien_node build(const mien_config *config, mien_graph *graph) {
    int64_t filters[MIEN_CONFIG_MAX_INTEGERS];
    const size_t blocks =
        mien_config_integers(config, "filters", filters, MIEN_CONFIG_MAX_INTEGERS);
    char name[64];

    mien_node x = mien_input(graph, mien_config_input_height(config),
                             mien_config_input_width(config), mien_config_input_channels(config));
    for (size_t i = 0; i < blocks; i++) {
        snprintf(name, sizeof name, "blocks.%zu.conv", i);
        x = mien_conv2d(graph, x, name,
                        MIEN_CONV2D(.filters = (uint32_t)filters[i], .kernel = {3, 3},
                                    .padding = {1, 1, 1, 1}));
        snprintf(name, sizeof name, "blocks.%zu.bn", i);
        x = mien_relu(graph, mien_batch_norm(graph, x, name, 1e-5f));
        if (i + 1 == blocks)
            mien_explain_layer(graph, mien_name(graph, x, "features"), (mien_extent){0, 0});
        x = mien_max_pool2d(graph, x, MIEN_POOL2D(.kernel = {2, 2}));
    }
    x = mien_global_average_pool(graph, x);
    return mien_linear(graph, x, "head",
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const mien_config_key config_keys[] = {
    MIEN_CONFIG_KEY(.name = "filters", .type = MIEN_CONFIG_INTEGERS, .default_text = "[16, 32, 64]",
                    .minimum = 1, .maximum = 1024,
                    .help = "Filters of each block; every block halves height and width."),
};

static const mien_input_spec input = {
    .size = sizeof(mien_input_spec),
    .height = 24,
    .width = 24,
    .channels = 1,
    .color = MIEN_GRAY,
    .resize = MIEN_RESIZE_STRETCH,
    .mean = {0.5f},
    .std = {0.25f},
};

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.example.small-cnn",
    .name = "small-cnn",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "Blocks of convolution and pooling for grey faces",
    .config_keys = config_keys,
    .config_key_count = sizeof config_keys / sizeof config_keys[0],
    .input = &input,
    .build = build,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
