// SPDX-License-Identifier: Apache-2.0
#include "support/cases.h"

// One line a case in the style of a table: its picture, then what becomes of it.
#define CASE(name, height, width, channels)                                                        \
    static twin name##_body(twin_net *net, twin x);                                                \
    static twin name##_case(twin_net *net) {                                                       \
        return name##_body(net, twin_input(net, height, width, channels));                         \
    }                                                                                              \
    static twin name##_body(twin_net *net, twin x)

/// Eight times the picture's range meets every branch of an activation.
static twin eight_times(twin_net *net, twin x) {
    for (int i = 0; i < 3; i++) {
        x = twin_add(net, x, x);
    }
    return x;
}

CASE(conv2d_1x1, 9, 7, 12) {
    return twin_conv2d(net, x, "op", MIEN_CONV2D(.filters = 20, .kernel = {1, 1}, .bias = true));
}

CASE(conv2d_1x1_stride2, 9, 8, 12) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 10, .kernel = {1, 1}, .stride = {2, 2}));
}

CASE(conv2d_3x3, 13, 11, 8) {
    return twin_conv2d(
        net, x, "op",
        MIEN_CONV2D(.filters = 12, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .bias = true));
}

CASE(conv2d_3x3_wide, 12, 12, 32) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 24, .kernel = {3, 3}, .padding = {1, 1, 1, 1}));
}

CASE(conv2d_3x3_unpadded, 10, 9, 6) {
    return twin_conv2d(net, x, "op", MIEN_CONV2D(.filters = 5, .kernel = {3, 3}, .bias = true));
}

CASE(conv2d_3x3_stride2, 11, 14, 9) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 8, .kernel = {3, 3}, .stride = {2, 2},
                                   .padding = {1, 1, 1, 1}, .bias = true));
}

CASE(conv2d_3x3_same_stride2, 12, 12, 8) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 7, .kernel = {3, 3}, .stride = {2, 2},
                                   .padding = {0, 1, 1, 0}, .bias = true));
}

CASE(conv2d_3x3_asymmetric, 8, 9, 16) {
    return twin_conv2d(
        net, x, "op",
        MIEN_CONV2D(.filters = 16, .kernel = {3, 3}, .padding = {2, 0, 1, 1}, .bias = true));
}

CASE(conv2d_3x5_asymmetric, 9, 12, 5) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 6, .kernel = {3, 5}, .stride = {1, 2},
                                   .padding = {2, 1, 0, 3}, .bias = true));
}

CASE(conv2d_dilated, 12, 11, 6) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 8, .kernel = {3, 3}, .dilation = {2, 3},
                                   .padding = {2, 3, 2, 3}, .bias = true));
}

CASE(conv2d_grouped, 8, 8, 12) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 16, .kernel = {3, 3}, .groups = 4,
                                   .padding = {1, 1, 1, 1}, .bias = true));
}

CASE(conv2d_grouped_1x1, 6, 5, 9) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 6, .kernel = {1, 1}, .groups = 3, .bias = true));
}

CASE(conv2d_depthwise, 9, 10, 10) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 10, .kernel = {3, 3}, .groups = 10,
                                   .padding = {1, 1, 1, 1}, .bias = true));
}

CASE(conv2d_depthwise_stride2, 11, 11, 17) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 17, .kernel = {5, 5}, .stride = {2, 2}, .groups = 17,
                                   .padding = {2, 2, 2, 2}, .bias = true));
}

CASE(conv2d_depthwise_same_stride2, 12, 10, 8) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 8, .kernel = {3, 3}, .stride = {2, 2}, .groups = 8,
                                   .padding = {0, 1, 1, 0}, .bias = true));
}

CASE(conv2d_depthwise_multiplier, 7, 8, 6) {
    return twin_conv2d(
        net, x, "op",
        MIEN_CONV2D(.filters = 12, .kernel = {3, 3}, .groups = 6, .padding = {1, 1, 1, 1}));
}

CASE(conv2d_5x5, 10, 10, 7) {
    return twin_conv2d(
        net, x, "op",
        MIEN_CONV2D(.filters = 8, .kernel = {5, 5}, .padding = {2, 2, 2, 2}, .bias = true));
}

CASE(conv2d_7x7_stride2, 21, 20, 3) {
    return twin_conv2d(net, x, "op",
                       MIEN_CONV2D(.filters = 16, .kernel = {7, 7}, .stride = {2, 2},
                                   .padding = {3, 3, 3, 3}, .bias = true));
}

CASE(conv2d_patch, 16, 24, 3) {
    return twin_conv2d(
        net, x, "op", MIEN_CONV2D(.filters = 12, .kernel = {8, 8}, .stride = {8, 8}, .bias = true));
}

CASE(conv_bn_relu, 9, 8, 16) {
    x = twin_conv2d(net, x, "conv",
                    MIEN_CONV2D(.filters = 16, .kernel = {3, 3}, .padding = {1, 1, 1, 1}));
    return twin_relu(net, twin_batch_norm(net, x, "bn", 1e-5f));
}

CASE(conv_bias_bn_clamp, 9, 8, 16) {
    x = twin_conv2d(net, x, "conv", MIEN_CONV2D(.filters = 10, .kernel = {1, 1}, .bias = true));
    return twin_clamp(net, twin_batch_norm(net, x, "bn", 1e-3f), -0.25f, 0.5f);
}

CASE(depthwise_bn_relu6, 10, 10, 8) {
    x = twin_conv2d(net, x, "conv",
                    MIEN_CONV2D(.filters = 8, .kernel = {3, 3}, .stride = {2, 2},
                                .padding = {1, 1, 1, 1}, .groups = 8));
    return twin_clamp(net, twin_batch_norm(net, x, "bn", 1e-5f), 0, 6);
}

CASE(conv_bn_add_relu, 8, 8, 16) {
    twin y = twin_conv2d(net, x, "conv",
                         MIEN_CONV2D(.filters = 16, .kernel = {3, 3}, .padding = {1, 1, 1, 1}));
    y = twin_batch_norm(net, y, "bn", 1e-5f);
    return twin_relu(net, twin_add(net, y, x));
}

CASE(projection_add_relu, 8, 8, 12) {
    twin y = twin_conv2d(
        net, x, "conv",
        MIEN_CONV2D(.filters = 16, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 1, 1}));
    y = twin_batch_norm(net, y, "bn", 1e-5f);
    twin z =
        twin_conv2d(net, x, "down", MIEN_CONV2D(.filters = 16, .kernel = {1, 1}, .stride = {2, 2}));
    z = twin_batch_norm(net, z, "down_bn", 1e-5f);
    return twin_relu(net, twin_add(net, y, z));
}

CASE(linear_vector, 1, 1, 30) {
    x = twin_flatten(net, x, MIEN_FLATTEN_HWC);
    return twin_linear(net, x, "op", 11, true);
}

CASE(linear_tokens, 3, 4, 30) {
    x = twin_tokens(net, x);
    return twin_linear(net, x, "op", 17, false);
}

CASE(linear_relu, 3, 4, 12) {
    x = twin_tokens(net, x);
    return twin_relu(net, twin_linear(net, x, "op", 9, true));
}

CASE(batch_norm_map, 6, 5, 13) {
    return twin_batch_norm(net, x, "op", 1e-5f);
}

CASE(batch_norm_vector, 1, 1, 13) {
    x = twin_flatten(net, x, MIEN_FLATTEN_HWC);
    return twin_batch_norm(net, x, "op", 1e-3f);
}

CASE(layer_norm_tokens, 4, 4, 24) {
    x = twin_tokens(net, x);
    return twin_layer_norm(net, x, "op", 1e-6f);
}

CASE(layer_norm_vector, 1, 1, 19) {
    x = twin_flatten(net, x, MIEN_FLATTEN_HWC);
    return twin_layer_norm(net, x, "op", 1e-5f);
}

CASE(add, 5, 6, 7) {
    return twin_add(net, x, twin_unary(net, x, mien_gelu, naive_gelu));
}

CASE(multiply, 5, 6, 7) {
    return twin_multiply(net, x, twin_unary(net, x, mien_sigmoid, naive_sigmoid));
}

CASE(multiply_gate, 6, 6, 12) {
    twin gate = twin_linear(net, twin_global_average_pool(net, x), "gate", 12, true);
    return twin_multiply(net, x, twin_unary(net, gate, mien_sigmoid, naive_sigmoid));
}

CASE(relu, 6, 5, 9) {
    x = eight_times(net, x);
    return twin_unary(net, x, mien_relu, naive_relu);
}

CASE(gelu, 6, 5, 9) {
    x = eight_times(net, x);
    return twin_unary(net, x, mien_gelu, naive_gelu);
}

CASE(sigmoid, 6, 5, 9) {
    x = eight_times(net, x);
    return twin_unary(net, x, mien_sigmoid, naive_sigmoid);
}

CASE(silu, 6, 5, 9) {
    x = eight_times(net, x);
    return twin_unary(net, x, mien_silu, naive_silu);
}

CASE(hard_swish, 6, 5, 9) {
    x = eight_times(net, x);
    return twin_unary(net, x, mien_hard_swish, naive_hard_swish);
}

CASE(clamp, 6, 5, 9) {
    x = eight_times(net, x);
    return twin_clamp(net, x, -0.5f, 0.75f);
}

CASE(max_pool, 9, 9, 8) {
    return twin_max_pool2d(net, x, MIEN_POOL2D(.kernel = {2, 2}));
}

CASE(max_pool_padded, 11, 12, 9) {
    return twin_max_pool2d(
        net, x, MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 1, 1}));
}

CASE(max_pool_ceil, 10, 12, 5) {
    return twin_max_pool2d(net, x,
                           MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true));
}

CASE(max_pool_ceil_dropped, 7, 7, 4) {
    return twin_max_pool2d(
        net, x, MIEN_POOL2D(.kernel = {2, 2}, .padding = {1, 1, 1, 1}, .ceil_mode = true));
}

CASE(max_pool_overlapping, 9, 8, 6) {
    return twin_max_pool2d(net, x, MIEN_POOL2D(.kernel = {3, 2}, .stride = {1, 1}));
}

CASE(average_pool, 8, 9, 8) {
    return twin_average_pool2d(net, x, MIEN_POOL2D(.kernel = {2, 2}));
}

CASE(average_pool_counted, 9, 10, 6) {
    return twin_average_pool2d(net, x,
                               MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2},
                                           .padding = {1, 1, 1, 1}, .count_padding = true));
}

CASE(average_pool_uncounted, 9, 10, 6) {
    return twin_average_pool2d(
        net, x, MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 1, 1}));
}

CASE(average_pool_ceil, 10, 9, 6) {
    return twin_average_pool2d(net, x,
                               MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true));
}

CASE(average_pool_ceil_counted, 10, 9, 6) {
    return twin_average_pool2d(net, x,
                               MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2},
                                           .padding = {1, 1, 1, 1}, .ceil_mode = true,
                                           .count_padding = true));
}

CASE(global_average_pool, 7, 5, 11) {
    return twin_global_average_pool(net, x);
}

CASE(global_average_pool_tokens, 3, 5, 11) {
    return twin_global_average_pool(net, twin_tokens(net, x));
}

CASE(pad, 5, 4, 6) {
    return twin_pad(net, x, (mien_padding){.top = 1, .right = 2, .bottom = 3, .left = 4}, 0);
}

CASE(pad_channels, 5, 4, 6) {
    return twin_pad(net, x, (mien_padding){.right = 1, .bottom = 1}, 10);
}

CASE(flatten_hwc, 3, 4, 5) {
    return twin_linear(net, twin_flatten(net, x, MIEN_FLATTEN_HWC), "op", 6, true);
}

CASE(flatten_chw, 3, 4, 5) {
    return twin_linear(net, twin_flatten(net, x, MIEN_FLATTEN_CHW), "op", 6, true);
}

CASE(embedding, 2, 3, 10) {
    x = twin_class_token(net, twin_tokens(net, x), "token");
    return twin_position_embedding(net, x, "position");
}

CASE(select_token, 2, 3, 10) {
    return twin_select_token(net, twin_tokens(net, x), 4);
}

CASE(attention, 1, 7, 36) {
    return twin_attention(net, twin_tokens(net, x), 3);
}

CASE(attention_longer, 7, 7, 48) {
    x = twin_linear(net, twin_tokens(net, x), "qkv", 96, true);
    return twin_attention(net, x, 2);
}

CASE(softmax_vector, 1, 1, 9) {
    return twin_softmax(net, twin_flatten(net, x, MIEN_FLATTEN_HWC));
}

CASE(softmax_tokens, 2, 3, 21) {
    return twin_softmax(net, twin_linear(net, twin_tokens(net, x), "op", 21, true));
}

const struct operator_case operator_cases[] = {
    {"conv2d_1x1", conv2d_1x1_case},
    {"conv2d_1x1_stride2", conv2d_1x1_stride2_case},
    {"conv2d_3x3", conv2d_3x3_case},
    {"conv2d_3x3_wide", conv2d_3x3_wide_case},
    {"conv2d_3x3_unpadded", conv2d_3x3_unpadded_case},
    {"conv2d_3x3_stride2", conv2d_3x3_stride2_case},
    {"conv2d_3x3_same_stride2", conv2d_3x3_same_stride2_case},
    {"conv2d_3x3_asymmetric", conv2d_3x3_asymmetric_case},
    {"conv2d_3x5_asymmetric", conv2d_3x5_asymmetric_case},
    {"conv2d_dilated", conv2d_dilated_case},
    {"conv2d_grouped", conv2d_grouped_case},
    {"conv2d_grouped_1x1", conv2d_grouped_1x1_case},
    {"conv2d_depthwise", conv2d_depthwise_case},
    {"conv2d_depthwise_stride2", conv2d_depthwise_stride2_case},
    {"conv2d_depthwise_same_stride2", conv2d_depthwise_same_stride2_case},
    {"conv2d_depthwise_multiplier", conv2d_depthwise_multiplier_case},
    {"conv2d_5x5", conv2d_5x5_case},
    {"conv2d_7x7_stride2", conv2d_7x7_stride2_case},
    {"conv2d_patch", conv2d_patch_case},
    {"conv_bn_relu", conv_bn_relu_case},
    {"conv_bias_bn_clamp", conv_bias_bn_clamp_case},
    {"depthwise_bn_relu6", depthwise_bn_relu6_case},
    {"conv_bn_add_relu", conv_bn_add_relu_case},
    {"projection_add_relu", projection_add_relu_case},
    {"linear_vector", linear_vector_case},
    {"linear_tokens", linear_tokens_case},
    {"linear_relu", linear_relu_case},
    {"batch_norm_map", batch_norm_map_case},
    {"batch_norm_vector", batch_norm_vector_case},
    {"layer_norm_tokens", layer_norm_tokens_case},
    {"layer_norm_vector", layer_norm_vector_case},
    {"add", add_case},
    {"multiply", multiply_case},
    {"multiply_gate", multiply_gate_case},
    {"relu", relu_case},
    {"gelu", gelu_case},
    {"sigmoid", sigmoid_case},
    {"silu", silu_case},
    {"hard_swish", hard_swish_case},
    {"clamp", clamp_case},
    {"max_pool", max_pool_case},
    {"max_pool_padded", max_pool_padded_case},
    {"max_pool_ceil", max_pool_ceil_case},
    {"max_pool_ceil_dropped", max_pool_ceil_dropped_case},
    {"max_pool_overlapping", max_pool_overlapping_case},
    {"average_pool", average_pool_case},
    {"average_pool_counted", average_pool_counted_case},
    {"average_pool_uncounted", average_pool_uncounted_case},
    {"average_pool_ceil", average_pool_ceil_case},
    {"average_pool_ceil_counted", average_pool_ceil_counted_case},
    {"global_average_pool", global_average_pool_case},
    {"global_average_pool_tokens", global_average_pool_tokens_case},
    {"pad", pad_case},
    {"pad_channels", pad_channels_case},
    {"flatten_hwc", flatten_hwc_case},
    {"flatten_chw", flatten_chw_case},
    {"embedding", embedding_case},
    {"select_token", select_token_case},
    {"attention", attention_case},
    {"attention_longer", attention_longer_case},
    {"softmax_vector", softmax_vector_case},
    {"softmax_tokens", softmax_tokens_case},
};
const size_t operator_case_count = sizeof operator_cases / sizeof operator_cases[0];
