// SPDX-License-Identifier: Apache-2.0
// The emotion network of Arriaga et al.: two Xception blocks and a convolution for each class.
// README.md has the table and where it comes from.
#include <mien/plugin.h>
#include <stdio.h>

enum { NAME = 48 };

/// TensorFlow's "same" for 3×3 at stride 2: an even extent is padded after the picture alone.
static mien_padding same_halving(mien_extent extent) {
    return (mien_padding){
        .top = extent.height % 2, .right = 1, .bottom = 1, .left = extent.width % 2};
}

static const char *join(char name[NAME], const char *block, const char *part) {
    snprintf(name, NAME, "%s.%s", block, part);
    return name;
}

static mien_node separable(mien_graph *graph, mien_node x, const char *block, const char *layer,
                           uint32_t inputs, uint32_t outputs) {
    char prefix[NAME], name[NAME];
    join(prefix, block, layer);
    x = mien_conv2d(graph, x, join(name, prefix, "depthwise"),
                    MIEN_CONV2D(.filters = inputs, .kernel = {3, 3}, .padding = {1, 1, 1, 1},
                                .groups = inputs));
    return mien_conv2d(graph, x, join(name, prefix, "pointwise"),
                       MIEN_CONV2D(.filters = outputs, .kernel = {1, 1}, .bias = true));
}

/// Two separable convolutions and a max-pool beside a strided 1×1 convolution. `main` is what the
/// convolutions read, `shortcut` what the shortcut reads.
static mien_node xception_block(mien_graph *graph, mien_node main, mien_node shortcut,
                                const char *block, mien_extent extent, uint32_t inputs,
                                uint32_t outputs) {
    char name[NAME];
    mien_node x = separable(graph, main, block, "sepconv1", inputs, outputs);
    x = separable(graph, mien_relu(graph, x), block, "sepconv2", outputs, outputs);
    x = mien_max_pool2d(
        graph, x, MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .padding = same_halving(extent)));
    shortcut = mien_conv2d(
        graph, shortcut, join(name, block, "shortcut"),
        MIEN_CONV2D(.filters = outputs, .kernel = {1, 1}, .stride = {2, 2}, .bias = true));
    return mien_name(graph, mien_add(graph, x, shortcut), block);
}

static mien_extent halved(mien_extent extent) {
    return (mien_extent){(extent.height + 1) / 2, (extent.width + 1) / 2};
}

static mien_node build(const mien_config *config, mien_graph *graph) {
    const uint32_t height = mien_config_input_height(config);
    const uint32_t width = mien_config_input_width(config);
    if (height < 7 || width < 7)
        return mien_graph_reject(graph, "an input of %u×%u is too small; 7×7 is the least", height,
                                 width);

    mien_node x = mien_input(graph, height, width, mien_config_input_channels(config));
    x = mien_relu(graph, mien_conv2d(graph, x, "conv1",
                                     MIEN_CONV2D(.filters = 32, .kernel = {3, 3}, .stride = {2, 2},
                                                 .bias = true)));
    x = mien_relu(graph, mien_conv2d(graph, x, "conv2",
                                     MIEN_CONV2D(.filters = 64, .kernel = {3, 3}, .bias = true)));
    mien_extent extent = {(height - 3) / 2 + 1 - 2, (width - 3) / 2 + 1 - 2};
    x = xception_block(graph, x, x, "block1", extent, 64, 128);
    x = xception_block(graph, mien_relu(graph, x), x, "block2", halved(extent), 128, 256);
    mien_explain_layer(graph, x, (mien_extent){0, 0});
    x = mien_conv2d(graph, x, "head",
                    MIEN_CONV2D(.filters = mien_config_classes(config), .kernel = {3, 3},
                                .padding = {1, 1, 1, 1}, .bias = true));
    return mien_global_average_pool(graph, x);
}

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.mien.mini-xception",
    .name = "mini-xception",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "Arriaga's emotion network: two Xception blocks, a convolution for each class",
    .input = &(const mien_input_spec){.size = sizeof(mien_input_spec),
                                      .height = 64,
                                      .width = 64,
                                      .channels = 1,
                                      .color = MIEN_GRAY,
                                      .resize = MIEN_RESIZE_STRETCH,
                                      .mean = {0.5f, 0.5f, 0.5f},
                                      .std = {0.5f, 0.5f, 0.5f}},
    .build = build,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
