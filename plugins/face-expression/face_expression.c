// SPDX-License-Identifier: Apache-2.0
// The face-expression network of face-api.js: four small dense blocks of separable convolutions.
// README.md has the table and where it comes from.
#include <mien/plugin.h>
#include <stdio.h>

enum { BLOCKS = 4, NAME = 48 };
static const uint32_t filters[BLOCKS] = {32, 64, 128, 256};

/// TensorFlow's "same" for 3×3: at stride 2 an even extent is padded after the picture alone.
static mien_padding same(uint32_t stride) {
    const uint32_t before = stride == 1;
    return (mien_padding){.top = before, .right = 1, .bottom = 1, .left = before};
}

/// "dense1.conv0" and what follows it.
static const char *layer(char name[NAME], uint32_t block, uint32_t conv, const char *part) {
    snprintf(name, NAME, "dense%u.conv%u%s", block, conv, part);
    return name;
}

static mien_node separable(mien_graph *graph, mien_node x, uint32_t block, uint32_t conv,
                           uint32_t inputs, uint32_t stride) {
    char name[NAME];
    x = mien_conv2d(graph, x, layer(name, block, conv, ".depthwise"),
                    MIEN_CONV2D(.filters = inputs, .kernel = {3, 3}, .stride = {stride, stride},
                                .padding = same(stride), .groups = inputs));
    return mien_conv2d(graph, x, layer(name, block, conv, ".pointwise"),
                       MIEN_CONV2D(.filters = filters[block], .kernel = {1, 1}, .bias = true));
}

/// Each convolution sees the sum of all before it.
static mien_node dense_block(mien_graph *graph, mien_node x, uint32_t block) {
    char name[NAME];
    if (block == 0)
        x = mien_conv2d(graph, x, layer(name, block, 0, ""),
                        MIEN_CONV2D(.filters = filters[0], .kernel = {3, 3}, .stride = {2, 2},
                                    .padding = same(2), .bias = true));
    else
        x = separable(graph, x, block, 0, filters[block - 1], 2);
    mien_node sum = x = mien_relu(graph, x);
    for (uint32_t conv = 1; conv < 4; conv++) {
        sum = mien_add(graph, sum, separable(graph, x, block, conv, filters[block], 1));
        x = mien_relu(graph, sum);
    }
    snprintf(name, NAME, "dense%u", block);
    return mien_name(graph, x, name);
}

static mien_node build(const mien_config *config, mien_graph *graph) {
    const uint32_t height = mien_config_input_height(config);
    const uint32_t width = mien_config_input_width(config);
    if (height % 16 || width % 16)
        return mien_graph_reject(graph,
                                 "an input of %u×%u cannot be halved four times; height and "
                                 "width must be multiples of 16",
                                 height, width);

    mien_node x = mien_input(graph, height, width, mien_config_input_channels(config));
    for (uint32_t block = 0; block < BLOCKS; block++)
        x = dense_block(graph, x, block);
    mien_explain_layer(graph, x, (mien_extent){0, 0});
    x = mien_global_average_pool(graph, x);
    return mien_linear(graph, x, "fc",
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.mien.face-expression",
    .name = "face-expression",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "face-api.js's expression network: dense blocks of separable convolutions",
    .input = &(const mien_input_spec){.size = sizeof(mien_input_spec),
                                      .height = 112,
                                      .width = 112,
                                      .channels = 3,
                                      .color = MIEN_RGB,
                                      .resize = MIEN_RESIZE_LETTERBOX,
                                      .mean = {122.782f / 255, 117.001f / 255, 104.298f / 255},
                                      .std = {1, 1, 1}},
    .build = build,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
