// SPDX-License-Identifier: Apache-2.0
#include "support/everything.h"

#include <check.h>

enum { WIDTH = 24, GROWN = 26 };

/// Convolutions with what folds into them; {12, 12, 8} to {6, 6, 24}.
static twin convolutions(twin_net *net, twin x) {
    x = twin_conv2d(
        net, x, "stem",
        MIEN_CONV2D(.filters = WIDTH, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .bias = true));
    x = twin_relu(net, twin_batch_norm(net, x, "stem_bn", 1e-5f));
    twin y = twin_conv2d(net, x, "block",
                         MIEN_CONV2D(.filters = WIDTH, .kernel = {3, 3}, .padding = {1, 1, 1, 1}));
    x = twin_relu(net, twin_add(net, twin_batch_norm(net, y, "block_bn", 1e-5f), x));
    x = twin_conv2d(net, x, "depthwise",
                    MIEN_CONV2D(.filters = WIDTH, .kernel = {3, 3}, .stride = {2, 2},
                                .padding = {0, 1, 1, 0}, .groups = WIDTH));
    x = twin_clamp(net, twin_batch_norm(net, x, "depthwise_bn", 1e-3f), 0, 6);
    x = twin_conv2d(net, x, "grouped",
                    MIEN_CONV2D(.filters = WIDTH, .kernel = {1, 1}, .groups = 3, .bias = true));
    return twin_unary(net, x, mien_silu, naive_silu);
}

/// Gates, pooling and padding; {6, 6, 24} to {3, 3, 26}.
static twin pooling(twin_net *net, twin x) {
    twin gate = twin_linear(net, twin_global_average_pool(net, x), "gate", WIDTH, true);
    x = twin_multiply(net, x, twin_unary(net, gate, mien_sigmoid, naive_sigmoid));
    x = twin_pad(net, x, (mien_padding){.right = 1, .bottom = 1}, GROWN - WIDTH);
    x = twin_max_pool2d(net, x, MIEN_POOL2D(.kernel = {2, 2}));
    x = twin_average_pool2d(net, x,
                            MIEN_POOL2D(.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1, 1, 1},
                                        .count_padding = true));
    x = twin_unary(net, x, mien_hard_swish, naive_hard_swish);
    return twin_training_only(net, x, mien_dropout, 0.1f);
}

/// A transformer's block; {3, 3, 26} to {10, 24}.
static twin transformer(twin_net *net, twin x) {
    x = twin_linear(net, twin_tokens(net, x), "embed", WIDTH, false);
    x = twin_position_embedding(net, twin_class_token(net, x, "cls"), "pos");
    twin y = twin_linear(net, twin_layer_norm(net, x, "norm1", 1e-6f), "qkv", 3 * WIDTH, true);
    y = twin_linear(net, twin_attention(net, y, 4), "proj", WIDTH, true);
    x = twin_add(net, x, twin_training_only(net, y, mien_stochastic_depth, 0.1f));
    y = twin_linear(net, twin_layer_norm(net, x, "norm2", 1e-6f), "fc1", 2 * WIDTH, true);
    y = twin_linear(net, twin_unary(net, y, mien_gelu, naive_gelu), "fc2", WIDTH, true);
    return twin_add(net, x, y);
}

twin everything_declare(twin_net *net, twin *inner) {
    twin x = twin_input(net, EVERYTHING_SIDE, EVERYTHING_SIDE, EVERYTHING_CHANNELS);
    x = pooling(net, convolutions(net, x));
    twin sequence = transformer(net, x);
    twin flat = twin_linear(net, twin_flatten(net, x, MIEN_FLATTEN_CHW), "flat", WIDTH, true);
    x = twin_add(net, twin_select_token(net, sequence, 0), twin_softmax(net, flat));
    x = twin_batch_norm(net, x, "head_bn", 1e-5f);
    if (inner) {
        *inner = sequence;
    }
    return twin_linear(net, x, "head", EVERYTHING_CLASSES, true);
}

mien_graph *everything_graph(void) {
    twin_net net = twin_open(1);
    const twin logits = everything_declare(&net, NULL);
    mien_graph *graph = net.graph;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_graph_finish(graph, logits.node, &error) == MIEN_OK, "%s", error.message);
    net.graph = NULL;
    twin_close(&net);
    return graph;
}
