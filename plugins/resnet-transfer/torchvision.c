// SPDX-License-Identifier: Apache-2.0
// Table 1 of He et al., "Deep Residual Learning for Image Recognition", with torchvision's names.
// As in torchvision, a bottleneck's stride is on its 3×3 convolution ("ResNet v1.5").
#include "resnet.h"

#include <stdio.h>

enum { NAME = 64, STAGES = 4 };

/// `<block>.<conv>` without bias, then `<block>.<norm>`.
static mien_node conv_norm(mien_graph *graph, mien_node x, const char *block, const char *conv,
                           const char *norm, uint32_t filters, uint32_t kernel, uint32_t stride) {
    const uint32_t side = kernel / 2;
    char name[NAME];

    snprintf(name, NAME, "%s%s", block, conv);
    x = mien_conv2d(graph, x, name,
                    MIEN_CONV2D(.filters = filters, .kernel = {kernel, kernel},
                                .stride = {stride, stride}, .padding = {side, side, side, side}));
    snprintf(name, NAME, "%s%s", block, norm);
    return mien_batch_norm(graph, x, name, 1e-5f);
}

/// The residual's other way: `x` itself, or projected where the block changes its shape.
static mien_node shortcut(mien_graph *graph, mien_node x, const char *block, uint32_t filters,
                          uint32_t stride, bool project) {
    if (!project)
        return x;
    return conv_norm(graph, x, block, "downsample.0", "downsample.1", filters, 1, stride);
}

static mien_node basic(mien_graph *graph, mien_node x, const char *block, uint32_t width,
                       uint32_t stride, bool project) {
    mien_node y = conv_norm(graph, x, block, "conv1", "bn1", width, 3, stride);
    y = conv_norm(graph, mien_relu(graph, y), block, "conv2", "bn2", width, 3, 1);
    y = mien_add(graph, y, shortcut(graph, x, block, width, stride, project));
    return mien_relu(graph, y);
}

static mien_node bottleneck(mien_graph *graph, mien_node x, const char *block, uint32_t width,
                            uint32_t stride, bool project) {
    mien_node y = conv_norm(graph, x, block, "conv1", "bn1", width, 1, 1);
    y = conv_norm(graph, mien_relu(graph, y), block, "conv2", "bn2", width, 3, stride);
    y = conv_norm(graph, mien_relu(graph, y), block, "conv3", "bn3", 4 * width, 1, 1);
    y = mien_add(graph, y, shortcut(graph, x, block, 4 * width, stride, project));
    return mien_relu(graph, y);
}

static const struct architecture {
    int64_t depth;
    bool bottleneck;
    uint32_t blocks[STAGES];
} architectures[] = {
    {18, false, {2, 2, 2, 2}},
    {34, false, {3, 4, 6, 3}},
    {50, true, {3, 4, 6, 3}},
};

static const struct architecture *find(int64_t depth) {
    for (size_t i = 0; i < sizeof(architectures) / sizeof(architectures[0]); i++)
        if (architectures[i].depth == depth)
            return &architectures[i];
    return NULL;
}

/// "layer<stage>": blocks of one width, of which the first halves height and width (but in stage
/// 1).
static mien_node stage(mien_graph *graph, mien_node x, const struct architecture *net,
                       uint32_t index, uint32_t width) {
    for (uint32_t i = 0; i < net->blocks[index]; i++) {
        const bool first = i == 0;
        const uint32_t stride = first && index > 0 ? 2 : 1;
        char block[NAME], name[NAME];

        snprintf(block, NAME, "layer%u.%u.", index + 1, i);
        snprintf(name, NAME, "layer%u.%u", index + 1, i);
        x = net->bottleneck ? bottleneck(graph, x, block, width, stride, first)
                            : basic(graph, x, block, width, stride, first && index > 0);
        x = mien_name(graph, x, name);
    }
    return x;
}

mien_node resnet_torchvision(const mien_config *config, mien_graph *graph, mien_node input) {
    const struct architecture *net = find(mien_config_integer(config, "depth"));
    const uint32_t width = (uint32_t)mien_config_integer(config, "width");
    const bool small = mien_config_text(config, "stem")[0] == 's';

    if (!net)
        return mien_graph_reject(graph, "depth is %lld; it must be 18, 34 or 50",
                                 (long long)mien_config_integer(config, "depth"));

    mien_node x = conv_norm(graph, input, "", "conv1", "bn1", width, small ? 3 : 7, small ? 1 : 2);
    x = mien_name(graph, mien_relu(graph, x), "stem");
    if (!small)
        x = mien_max_pool2d(
            graph, x, MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 1, 1}));
    for (uint32_t i = 0; i < STAGES; i++)
        x = stage(graph, x, net, i, width << i);
    mien_explain_layer(graph, x, (mien_extent){0, 0});
    return mien_global_average_pool(graph, x);
}
