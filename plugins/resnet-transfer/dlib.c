// SPDX-License-Identifier: Apache-2.0
// dlib's face-recognition ResNet (dlib_face_recognition_resnet_model_v1) as @vladmandic/face-api
// runs it: strided convolutions are unpadded, and shortcuts are average-pooled with new channels
// zero. Each convolution's learnt scale and offset are a batch norm of mean 0 and variance 1.
#include "resnet.h"

#include <stdio.h>

enum { NAME = 48 };

/// Convolution and scale of the layer `<block><part>`; stride 1 keeps the extent, stride 2 pads
/// nothing.
static mien_node conv_scale(mien_graph *graph, mien_node x, const char *block, const char *part,
                            uint32_t filters, uint32_t kernel, uint32_t stride) {
    const uint32_t side = stride == 1 ? kernel / 2 : 0;
    char name[NAME];

    snprintf(name, NAME, "%s%s.conv", block, part);
    x = mien_conv2d(graph, x, name,
                    MIEN_CONV2D(.filters = filters, .kernel = {kernel, kernel},
                                .stride = {stride, stride}, .padding = {side, side, side, side},
                                .bias = true));
    snprintf(name, NAME, "%s%s.bn", block, part);
    return mien_batch_norm(graph, x, name, 1e-5f);
}

static mien_node residual(mien_graph *graph, mien_node x, const char *block, uint32_t filters) {
    mien_node y = mien_relu(graph, conv_scale(graph, x, block, ".conv1", filters, 3, 1));
    y = conv_scale(graph, y, block, ".conv2", filters, 3, 1);
    return mien_name(graph, mien_relu(graph, mien_add(graph, y, x)), block);
}

/// An extent after the two ways of a down block: an unpadded 3×3 at stride 2, and a 2×2 average.
/// Where it was even the convolution's is one short, and zeros make up for it.
static mien_extent missing(mien_extent *extent) {
    const mien_extent pooled = {extent->height / 2, extent->width / 2};
    const mien_extent short_by = {pooled.height - (extent->height - 1) / 2,
                                  pooled.width - (extent->width - 1) / 2};
    *extent = pooled;
    return short_by;
}

static mien_node residual_down(mien_graph *graph, mien_node x, const char *block, uint32_t from,
                               uint32_t filters, mien_extent *extent) {
    mien_node y = mien_relu(graph, conv_scale(graph, x, block, ".conv1", filters, 3, 2));
    y = conv_scale(graph, y, block, ".conv2", filters, 3, 1);

    const mien_extent zeros = missing(extent);
    if (zeros.height || zeros.width)
        y = mien_pad(graph, y, (mien_padding){.right = zeros.width, .bottom = zeros.height}, 0);

    x = mien_average_pool2d(graph, x, MIEN_POOL2D(.kernel = {2, 2}));
    if (filters > from)
        x = mien_pad(graph, x, (mien_padding){0}, filters - from);
    return mien_name(graph, mien_relu(graph, mien_add(graph, x, y)), block);
}

/// Blocks in order; a down block halves height and width.
static const struct block {
    const char *name;
    uint32_t filters;
    bool down;
} blocks[] = {
    {"conv32_1", 32, false},   {"conv32_2", 32, false},         {"conv32_3", 32, false},
    {"conv64_down", 64, true}, {"conv64_1", 64, false},         {"conv64_2", 64, false},
    {"conv64_3", 64, false},   {"conv128_down", 128, true},     {"conv128_1", 128, false},
    {"conv128_2", 128, false}, {"conv256_down", 256, true},     {"conv256_1", 256, false},
    {"conv256_2", 256, false}, {"conv256_down_out", 256, true},
};

mien_node resnet_dlib(const mien_config *config, mien_graph *graph, mien_node input) {
    uint32_t filters = 32;
    mien_node x = mien_relu(graph, conv_scale(graph, input, "conv32_down", "", filters, 7, 2));
    x = mien_max_pool2d(graph, x, MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}));

    // The same two steps' extents; where the picture is too small the graph has already objected.
    const uint32_t height = (mien_config_input_height(config) - 7) / 2 + 1;
    const uint32_t width = (mien_config_input_width(config) - 7) / 2 + 1;
    mien_extent extent = {(height - 3) / 2 + 1, (width - 3) / 2 + 1};

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        const struct block *block = &blocks[i];
        x = block->down ? residual_down(graph, x, block->name, filters, block->filters, &extent)
                        : residual(graph, x, block->name, block->filters);
        filters = block->filters;
        if (i + 2 == sizeof(blocks) / sizeof(blocks[0])) // the last one is 2×2: too coarse to show
            mien_explain_layer(graph, x, (mien_extent){0, 0});
    }
    x = mien_global_average_pool(graph, x);
    return mien_linear(graph, x, "fc", MIEN_LINEAR(.features = 128));
}
