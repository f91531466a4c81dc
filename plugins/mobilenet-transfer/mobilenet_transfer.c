// SPDX-License-Identifier: Apache-2.0
// Table 1 of Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
// Applications" (2017), as Keras runs it: "same" padding, ReLU6, batch norms of epsilon 1e-3.
#include <mien/plugin.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 48 };
static const uint32_t stem_filters = 32;

/// The separable blocks in order: stride of the 3×3, filters of the 1×1. The paper's table gives
/// the last one stride 2, too, but then not its output; it is 1 here, as in every implementation.
static const struct block {
    uint32_t stride, filters;
} blocks[] = {
    {1, 64},  {2, 128}, {1, 128}, {2, 256}, {1, 256},  {2, 512},  {1, 512},
    {1, 512}, {1, 512}, {1, 512}, {1, 512}, {2, 1024}, {1, 1024},
};

struct mobilenet {
    mien_graph *graph;
    double width; ///< the paper's α
    mien_extent extent;
};

static uint32_t scaled(const struct mobilenet *net, uint32_t filters) {
    return (uint32_t)(filters * net->width);
}

/// TensorFlow's "same" for 3×3: at stride 2 an even extent is padded after the picture alone.
static mien_padding same(const struct mobilenet *net, uint32_t stride) {
    const uint32_t top = stride == 1 || net->extent.height % 2;
    const uint32_t left = stride == 1 || net->extent.width % 2;
    return (mien_padding){.top = top, .right = 1, .bottom = 1, .left = left};
}

static mien_node norm_relu6(const struct mobilenet *net, mien_node x, const char *name) {
    x = mien_batch_norm(net->graph, x, name, 1e-3f);
    return mien_clamp(net->graph, x, 0, 6);
}

/// A 3×3 convolution, of each channel alone when there are as many `groups`. Notes the extent that
/// it leaves.
static mien_node conv3x3(struct mobilenet *net, mien_node x, const char *name, uint32_t filters,
                         uint32_t groups, uint32_t stride) {
    x = mien_conv2d(net->graph, x, name,
                    MIEN_CONV2D(.filters = filters, .kernel = {3, 3}, .stride = {stride, stride},
                                .padding = same(net, stride), .groups = groups));
    net->extent.height = (net->extent.height + stride - 1) / stride;
    net->extent.width = (net->extent.width + stride - 1) / stride;
    return x;
}

/// "blocks.<number>.<part>"
static const char *layer(char name[NAME], uint32_t number, const char *part) {
    snprintf(name, NAME, "blocks.%u%s", number, part);
    return name;
}

/// A depthwise 3×3, then a pointwise 1×1.
static mien_node separable(struct mobilenet *net, mien_node x, uint32_t number, uint32_t inputs,
                           uint32_t filters, uint32_t stride) {
    char name[NAME];
    x = conv3x3(net, x, layer(name, number, ".conv_dw"), inputs, inputs, stride);
    x = norm_relu6(net, x, layer(name, number, ".bn1"));
    x = mien_conv2d(net->graph, x, layer(name, number, ".conv_pw"),
                    MIEN_CONV2D(.filters = filters, .kernel = {1, 1}));
    x = norm_relu6(net, x, layer(name, number, ".bn2"));
    return mien_name(net->graph, x, layer(name, number, ""));
}

static mien_node build(const mien_config *config, mien_graph *graph) {
    const uint32_t height = mien_config_input_height(config);
    const uint32_t width = mien_config_input_width(config);
    struct mobilenet net = {graph, mien_config_number(config, "width"), {height, width}};

    mien_node x = mien_input(graph, height, width, mien_config_input_channels(config));
    uint32_t inputs = scaled(&net, stem_filters);
    x = norm_relu6(&net, conv3x3(&net, x, "conv_stem", inputs, 1, 2), "bn1");
    x = mien_name(graph, x, "stem");
    for (uint32_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        const uint32_t filters = scaled(&net, blocks[i].filters);
        x = separable(&net, x, i + 1, inputs, filters, blocks[i].stride);
        inputs = filters;
    }
    mien_explain_layer(graph, x, (mien_extent){0, 0});
    x = mien_global_average_pool(graph, x);
    if (!strcmp(mien_config_text(config, "head"), "dropout"))
        x = mien_dropout(graph, x, (float)mien_config_number(config, "dropout"));
    return mien_linear(graph, x, mien_config_text(config, "head_name"),
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const char *const heads[] = {"linear", "dropout", NULL};

static const mien_config_key config_keys[] = {
    MIEN_CONFIG_KEY(.name = "width", .type = MIEN_CONFIG_NUMBER, .default_text = "1",
                    .minimum = 0.125, .maximum = 4,
                    .help = "The paper's width multiplier: of every layer's filters."),
    MIEN_CONFIG_KEY(.name = "head", .type = MIEN_CONFIG_TEXT, .default_text = "linear",
                    .choices = heads,
                    .help = "Classes from the features, with or without dropout."),
    MIEN_CONFIG_KEY(.name = "dropout", .type = MIEN_CONFIG_NUMBER, .default_text = "0.5",
                    .minimum = 0, .maximum = 0.95, .help = "Rate of head: dropout (training)."),
    MIEN_CONFIG_KEY(.name = "head_name", .type = MIEN_CONFIG_TEXT, .default_text = "classifier",
                    .help = "Parameter name of the head."),
};

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.mien.mobilenet-transfer",
    .name = "mobilenet-transfer",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "MobileNet v1 under a new head: separable convolutions, any width",
    .config_keys = config_keys,
    .config_key_count = sizeof(config_keys) / sizeof(config_keys[0]),
    .input = &(const mien_input_spec){.size = sizeof(mien_input_spec),
                                      .height = 96,
                                      .width = 96,
                                      .channels = 3,
                                      .color = MIEN_RGB,
                                      .resize = MIEN_RESIZE_STRETCH,
                                      .mean = {0.5f, 0.5f,
                                               0.5f}, // -1 to 1, as the paper's own weights expect
                                      .std = {0.5f, 0.5f, 0.5f}},
    .build = build,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
