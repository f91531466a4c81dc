// SPDX-License-Identifier: Apache-2.0
// Gradients of whole small networks against finite differences: each has the operator in question
// behind a convolution or linear layer, so that its data gradient is in that layer's.
#include "support/differences.h"

#include <check.h>
#include <stdlib.h>

enum { BATCH = 3, CLASSES = 4 };

// Of a parameter's largest gradient. Differences over smooth operators agree within 2e-4, over
// those with kinks within 7e-3; a wrong sign, factor or index is off by tenths.
static const double tolerance = 1.5e-2;

static mien_node conv(mien_graph *graph, mien_node x, const char *name, uint32_t filters) {
    return mien_conv2d(
        graph, x, name,
        MIEN_CONV2D(.filters = filters, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .bias = true));
}

/// Without bias, which a batch norm behind it would take out again; with one.
static mien_node conv_norm(mien_graph *graph, mien_node x, const char *name, const char *norm,
                           uint32_t filters) {
    x = mien_conv2d(graph, x, name,
                    MIEN_CONV2D(.filters = filters, .kernel = {3, 3}, .padding = {1, 1, 1, 1}));
    return mien_batch_norm(graph, x, norm, 1e-5f);
}

static mien_node head(mien_graph *graph, mien_node x) {
    x = mien_flatten(graph, x, MIEN_FLATTEN_HWC);
    return mien_linear(graph, x, "head", MIEN_LINEAR(.features = CLASSES, .bias = true));
}

static mien_node stem(mien_graph *graph, uint32_t side, uint32_t filters) {
    return conv(graph, mien_input(graph, side, side, 3), "stem", filters);
}

static mien_node strided(mien_graph *graph) {
    mien_node x = stem(graph, 9, 6);
    x = mien_conv2d(
        graph, x, "conv",
        MIEN_CONV2D(.filters = 5, .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0, 0, 1}));
    return head(graph, x);
}

static mien_node four_paddings(mien_graph *graph) {
    mien_node x = stem(graph, 6, 4);
    x = mien_conv2d(graph, x, "conv",
                    MIEN_CONV2D(.filters = 7, .kernel = {5, 4}, .stride = {1, 2},
                                .padding = {3, 1, 2, 0}, .bias = true));
    return head(graph, x);
}

static mien_node dilated(mien_graph *graph) {
    mien_node x = stem(graph, 8, 4);
    x = mien_conv2d(graph, x, "conv",
                    MIEN_CONV2D(.filters = 6, .kernel = {3, 3}, .dilation = {2, 3},
                                .padding = {2, 3, 2, 3}, .bias = true));
    return head(graph, x);
}

static mien_node grouped(mien_graph *graph) {
    mien_node x = stem(graph, 6, 12);
    x = mien_conv2d(graph, x, "conv",
                    MIEN_CONV2D(.filters = 6, .kernel = {3, 3}, .padding = {1, 1, 1, 1},
                                .groups = 3, .bias = true));
    return head(graph, x);
}

static mien_node depthwise(mien_graph *graph) {
    mien_node x = stem(graph, 7, 20);
    x = mien_conv2d(graph, x, "conv",
                    MIEN_CONV2D(.filters = 20, .kernel = {3, 3}, .stride = {2, 2},
                                .padding = {0, 1, 1, 0}, .groups = 20, .bias = true));
    x = mien_conv2d(graph, x, "point", MIEN_CONV2D(.filters = 8, .kernel = {1, 1}));
    return head(graph, x);
}

static mien_node linear(mien_graph *graph) {
    mien_node x = mien_tokens(graph, stem(graph, 4, 10));
    x = mien_linear(graph, x, "tokens", MIEN_LINEAR(.features = 9, .bias = true));
    x = mien_linear(graph, x, "plain", MIEN_LINEAR(.features = 7));
    return head(graph, x);
}

static mien_node stem_norm(mien_graph *graph, uint32_t side, uint32_t filters) {
    return conv_norm(graph, mien_input(graph, side, side, 3), "stem", "bn", filters);
}

static mien_node batch_norm(mien_graph *graph) {
    mien_node x = mien_clamp(graph, stem_norm(graph, 6, 21), -2, 1);
    x = mien_linear(graph, mien_flatten(graph, x, MIEN_FLATTEN_HWC), "first",
                    MIEN_LINEAR(.features = 9));
    return head(graph, mien_batch_norm(graph, x, "vector", 1e-1f));
}

static mien_node batch_norm_relu(mien_graph *graph) {
    return head(graph, mien_relu(graph, stem_norm(graph, 6, 18)));
}

static mien_node residual(mien_graph *graph) {
    mien_node x = mien_relu(graph, stem_norm(graph, 4, 16));
    mien_node y = mien_relu(graph, conv_norm(graph, x, "a", "a_bn", 16));
    x = mien_relu(graph, mien_add(graph, conv_norm(graph, y, "b", "b_bn", 16), x));
    // The other way round, and a projection.
    y = conv_norm(graph, x, "c", "c_bn", 10);
    x = conv_norm(graph, x, "d", "d_bn", 10);
    return head(graph, mien_relu(graph, mien_add(graph, x, y)));
}

/// What a norm may not take along: its output is read twice, as is the sum's; a dropout is between.
static mien_node read_between(mien_graph *graph) {
    mien_node x = stem_norm(graph, 5, 8);
    mien_node y = mien_add(graph, conv_norm(graph, mien_relu(graph, x), "a", "a_bn", 8), x);
    x = mien_add(graph, mien_relu(graph, y), y);
    y = mien_dropout(graph, conv_norm(graph, x, "b", "b_bn", 8), 0.3f);
    return head(graph, mien_relu(graph, mien_add(graph, y, x)));
}

/// The same node normalised and added; a batch norm of what a later one takes along.
static mien_node norm_and_input(mien_graph *graph) {
    mien_node x = stem_norm(graph, 5, 8);
    x = mien_relu(graph, mien_add(graph, x, mien_batch_norm(graph, x, "again", 1e-5f)));
    return head(graph, mien_batch_norm(graph, x, "last", 1e-5f));
}

static mien_node add_without_relu(mien_graph *graph) {
    mien_node x = stem(graph, 5, 8);
    x = mien_add(graph, conv_norm(graph, x, "a", "bn", 8), x);
    return head(graph, mien_add(graph, x, x));
}

static mien_node clamped(mien_graph *graph) {
    mien_node x = mien_clamp(graph, stem(graph, 6, 8), -0.5f, 1.5f);
    return head(graph, mien_clamp(graph, conv(graph, x, "conv", 6), 0, 6));
}

static mien_node products(mien_graph *graph) {
    mien_node x = stem(graph, 5, 17);
    mien_node gate = mien_linear(graph, mien_global_average_pool(graph, x), "gate",
                                 MIEN_LINEAR(.features = 17, .bias = true));
    mien_node y = mien_multiply(graph, x, gate);
    return head(graph, mien_multiply(graph, y, x));
}

static mien_node max_pool(mien_graph *graph) {
    mien_node x = mien_max_pool2d(graph, stem(graph, 9, 6), MIEN_POOL2D(.kernel = {2, 2}));
    x = mien_max_pool2d(graph, conv(graph, x, "conv", 5),
                        MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 0, 0},
                                    .ceil_mode = true));
    return head(graph, x);
}

static mien_node average_pool(mien_graph *graph) {
    mien_node x = mien_average_pool2d(
        graph, stem(graph, 8, 6),
        MIEN_POOL2D(.kernel = {3, 2}, .stride = {2, 2}, .padding = {1, 1, 0, 1}));
    x = mien_average_pool2d(graph, conv(graph, x, "conv", 5),
                            MIEN_POOL2D(.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 1, 1},
                                        .ceil_mode = true, .count_padding = true));
    return head(graph, x);
}

static mien_node global_pool(mien_graph *graph) {
    mien_node x = mien_global_average_pool(graph, stem(graph, 5, 11));
    return mien_linear(graph, x, "head", MIEN_LINEAR(.features = CLASSES));
}

static mien_node padded(mien_graph *graph) {
    mien_node x = mien_pad(graph, stem(graph, 5, 6), (mien_padding){1, 2, 0, 1}, 3);
    return head(graph, conv(graph, x, "conv", 5));
}

/// One parameter under two layers, and one node read by three.
static mien_node shared(mien_graph *graph) {
    mien_node x = stem(graph, 5, 8);
    mien_node a = mien_conv2d(graph, x, "a",
                              MIEN_CONV2D(.filters = 8, .kernel = {1, 1}, .bias = true,
                                          .weight = "both.weight", .bias_name = "both.bias"));
    mien_node b = mien_conv2d(graph, mien_multiply(graph, a, x), "b",
                              MIEN_CONV2D(.filters = 8, .kernel = {1, 1}, .bias = true,
                                          .weight = "both.weight", .bias_name = "both.bias"));
    return head(graph, mien_add(graph, mien_add(graph, a, b), x));
}

static mien_node dropped(mien_graph *graph) {
    mien_node x = mien_dropout(graph, mien_relu(graph, stem(graph, 6, 8)), 0.4f);
    x = mien_linear(graph, mien_flatten(graph, x, MIEN_FLATTEN_HWC), "fc",
                    MIEN_LINEAR(.features = 20, .bias = true));
    return head(graph, mien_dropout(graph, x, 0.3f));
}

static const struct network {
    const char *name;
    mien_node (*declare)(mien_graph *graph);
} networks[] = {
    {"strided", strided},
    {"four paddings", four_paddings},
    {"dilated", dilated},
    {"grouped", grouped},
    {"depthwise", depthwise},
    {"linear", linear},
    {"batch norm", batch_norm},
    {"batch norm, relu", batch_norm_relu},
    {"residual", residual},
    {"add without relu", add_without_relu},
    {"clamped", clamped},
    {"products", products},
    {"max pool", max_pool},
    {"average pool", average_pool},
    {"global pool", global_pool},
    {"padded", padded},
    {"shared", shared},
    {"dropped", dropped},
    {"read between", read_between},
    {"norm and input", norm_and_input},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static mien_graph *graph_of(const struct network *network) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_graph_create(&graph, &error) == MIEN_OK, "%s", error.message);
    const mien_node logits = network->declare(graph);
    ck_assert_msg(mien_graph_finish(graph, logits, &error) == MIEN_OK, "%s: %s", network->name,
                  error.message);
    return graph;
}

static const mien_network_options options = {.batch = BATCH, .threads = 2, .seed = 3};

START_TEST(test_gradients) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_network *network = differences_network(graph, &options);
    differences_check(network, tolerance, networks[_i].name);
    mien_network_free(network);
    mien_graph_free(graph);
}
END_TEST

/// Every other parameter frozen: the others' gradients stay what they were, the frozen ones' are 0.
START_TEST(test_frozen_parameters) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_network *network = differences_network(graph, &options);
    mien_error error = MIEN_ERROR_INIT;
    size_t count;
    mien_network_parameter *parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < count; i += 2) {
        parameters[i].frozen = true;
    }
    ck_assert_msg(mien_network_freeze(network, &error) == MIEN_OK, "%s", error.message);
    differences_check(network, tolerance, networks[_i].name);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0;
             parameters[i].frozen && parameters[i].gradient && k < parameters[i].count; k++) {
            ck_assert_msg(parameters[i].gradient[k] == 0, "%s has a gradient", parameters[i].name);
        }
    }
    mien_network_free(network);
    mien_graph_free(graph);
}
END_TEST

/// Norms and biases frozen: gradients go through norms that only scale, and through what they take
/// along.
START_TEST(test_frozen_norms) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_network *network = differences_network(graph, &options);
    mien_error error = MIEN_ERROR_INIT;
    size_t count;
    mien_network_parameter *parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < count; i++) {
        parameters[i].frozen = parameters[i].role == MIEN_ROLE_OTHER;
    }
    ck_assert_msg(mien_network_freeze(network, &error) == MIEN_OK, "%s", error.message);
    differences_check(network, tolerance, networks[_i].name);
    mien_network_free(network);
    mien_graph_free(graph);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("train/network_gradients");
    TCase *gradients = tcase_create("gradients");
    tcase_set_timeout(gradients, 120);
    tcase_add_loop_test(gradients, test_gradients, 0, NETWORKS);
    tcase_add_loop_test(gradients, test_frozen_parameters, 0, NETWORKS);
    tcase_add_loop_test(gradients, test_frozen_norms, 0, NETWORKS);
    suite_add_tcase(suite, gradients);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
