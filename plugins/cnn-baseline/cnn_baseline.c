// SPDX-License-Identifier: Apache-2.0
// The baseline of most emotion-recognition tutorials: LeNet's plan (convolve, pool, repeat, then
// dense layers) with batch normalisation and dropout. README.md has the table.
#include <mien/plugin.h>
#include <stdio.h>

enum { NAME = 32 };

static const char *numbered(char name[NAME], const char *stem, size_t index) {
    snprintf(name, NAME, "%s%zu", stem, index + 1);
    return name;
}

/// Keras' "same" at stride 1: an even kernel puts the odd row and column after the picture.
static mien_padding same(uint32_t kernel) {
    const uint32_t before = (kernel - 1) / 2, after = kernel - 1 - before;
    return (mien_padding){.top = before, .right = after, .bottom = after, .left = before};
}

/// conv → batch norm → relu; the caller pools.
static mien_node convolve(const mien_config *config, mien_graph *graph, mien_node x, size_t index,
                          int64_t filters) {
    const uint32_t kernel = (uint32_t)mien_config_integer(config, "kernel");
    char name[NAME];

    x = mien_conv2d(graph, x, numbered(name, "conv", index),
                    MIEN_CONV2D(.filters = (uint32_t)filters, .kernel = {kernel, kernel},
                                .padding = same(kernel), .bias = true));
    if (mien_config_boolean(config, "batch_norm"))
        x = mien_batch_norm(graph, x, numbered(name, "bn", index), 1e-3f);
    return mien_relu(graph, x);
}

static mien_node build(const mien_config *config, mien_graph *graph) {
    const float dropout = (float)mien_config_number(config, "dropout");
    const float dense_dropout = (float)mien_config_number(config, "dense_dropout");
    int64_t filters[MIEN_CONFIG_MAX_INTEGERS], dense[MIEN_CONFIG_MAX_INTEGERS];
    const size_t blocks =
        mien_config_integers(config, "filters", filters, MIEN_CONFIG_MAX_INTEGERS);
    const size_t layers = mien_config_integers(config, "dense", dense, MIEN_CONFIG_MAX_INTEGERS);
    char name[NAME];

    if (blocks == 0)
        return mien_graph_reject(graph,
                                 "filters: [] leaves no convolution; give one entry a block");

    mien_node x = mien_input(graph, mien_config_input_height(config),
                             mien_config_input_width(config), mien_config_input_channels(config));
    for (size_t i = 0; i < blocks; i++) {
        x = convolve(config, graph, x, i, filters[i]);
        if (i + 1 == blocks)
            mien_explain_layer(graph, mien_name(graph, x, "features"), (mien_extent){0, 0});
        x = mien_max_pool2d(graph, x, MIEN_POOL2D(.kernel = {2, 2}));
        x = mien_name(graph, mien_dropout(graph, x, dropout), numbered(name, "block", i));
    }
    x = mien_flatten(graph, x, MIEN_FLATTEN_HWC);
    for (size_t i = 0; i < layers; i++) {
        x = mien_linear(graph, x, numbered(name, "dense", i),
                        MIEN_LINEAR(.features = (uint32_t)dense[i], .bias = true));
        x = mien_dropout(graph, mien_relu(graph, x), dense_dropout);
    }
    return mien_linear(graph, x, "head",
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const mien_config_key config_keys[] = {
    MIEN_CONFIG_KEY(.name = "filters", .type = MIEN_CONFIG_INTEGERS,
                    .default_text = "[32, 64, 128]", .minimum = 1, .maximum = 4096,
                    .help = "Filters of each block; every block halves height and width."),
    MIEN_CONFIG_KEY(.name = "kernel", .type = MIEN_CONFIG_INTEGER, .default_text = "3",
                    .minimum = 1, .maximum = 11, .help = "Side of every convolution's kernel."),
    MIEN_CONFIG_KEY(.name = "batch_norm", .type = MIEN_CONFIG_BOOLEAN, .default_text = "true",
                    .help = "Normalise after each convolution."),
    MIEN_CONFIG_KEY(.name = "dropout", .type = MIEN_CONFIG_NUMBER, .default_text = "0.25",
                    .minimum = 0, .maximum = 0.95, .help = "Dropout after each block (training)."),
    MIEN_CONFIG_KEY(.name = "dense", .type = MIEN_CONFIG_INTEGERS, .default_text = "[128]",
                    .minimum = 1, .maximum = 16384,
                    .help = "Widths of the dense layers before the classes; [] for none."),
    MIEN_CONFIG_KEY(.name = "dense_dropout", .type = MIEN_CONFIG_NUMBER, .default_text = "0.5",
                    .minimum = 0, .maximum = 0.95,
                    .help = "Dropout after each dense layer (training)."),
};

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.mien.cnn-baseline",
    .name = "cnn-baseline",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "LeNet-like baseline: convolutions with batch norm and pooling, then dense layers",
    .config_keys = config_keys,
    .config_key_count = sizeof(config_keys) / sizeof(config_keys[0]),
    .input = &(const mien_input_spec){.size = sizeof(mien_input_spec),
                                      .height = 48,
                                      .width = 48,
                                      .channels = 1,
                                      .color = MIEN_GRAY,
                                      .resize = MIEN_RESIZE_STRETCH,
                                      .mean = {0, 0, 0},
                                      .std = {1, 1, 1}},
    .build = build,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
