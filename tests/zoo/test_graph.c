// SPDX-License-Identifier: Apache-2.0
// Building graphs: mistakes, names, sizes, costs, and options of an older caller.
#include "mien/graph.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static mien_graph *new_graph(void) {
    mien_graph *graph = NULL;
    ck_assert_int_eq(mien_graph_create(&graph, NULL), MIEN_OK);
    return graph;
}

// --- Mistakes ------------------------------------------------------------------------------------

START_TEST(test_no_node_goes_through_every_call) {
    mien_graph *graph = new_graph();
    const mien_node map = mien_input(graph, 8, 8, 4);
    const mien_node x = mien_clamp(graph, map, 2, 1); // the mistake
    const mien_node results[] = {
        x,
        mien_input(graph, 1, 1, 1),
        mien_conv2d(graph, x, "a", MIEN_CONV2D(.filters = 1, .kernel = {1, 1})),
        mien_linear(graph, x, "b", MIEN_LINEAR(.features = 1)),
        mien_batch_norm(graph, x, "c", 0),
        mien_layer_norm(graph, x, "d", 0),
        mien_add(graph, map, x),
        mien_multiply(graph, x, map),
        mien_relu(graph, x),
        mien_clamp(graph, x, 0, 1),
        mien_gelu(graph, x),
        mien_sigmoid(graph, x),
        mien_silu(graph, x),
        mien_hard_swish(graph, x),
        mien_max_pool2d(graph, x, MIEN_POOL2D(.kernel = {2, 2})),
        mien_average_pool2d(graph, x, MIEN_POOL2D(.kernel = {2, 2})),
        mien_global_average_pool(graph, x),
        mien_pad(graph, x, (mien_padding){0}, 0),
        mien_flatten(graph, x, MIEN_FLATTEN_HWC),
        mien_tokens(graph, x),
        mien_class_token(graph, x, "e"),
        mien_position_embedding(graph, x, "f"),
        mien_select_token(graph, x, 0),
        mien_attention(graph, x, 1),
        mien_dropout(graph, x, 0),
        mien_stochastic_depth(graph, x, 0),
        mien_softmax(graph, x),
        mien_name(graph, x, "g"),
        mien_graph_reject(graph, "a later objection"),
    };
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        ck_assert_int_eq(results[i], MIEN_NO_NODE);
    }
    mien_explain_layer(graph, x, (mien_extent){0, 0});
    ck_assert_uint_eq(mien_graph_node_count(graph), 1);
    ck_assert_uint_eq(mien_graph_parameter_count(graph), 0);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_finish(graph, x, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "clamp 'clamp_1': from 2 to 1; the first must be smaller");
    mien_graph_free(graph);
}
END_TEST

/// Finishing fails with a message that holds `part`.
static void check_unfinished(mien_graph *graph, mien_node logits, const char *part) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_finish(graph, logits, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_msg(strstr(error.message, part), "'%s' lacks '%s'", error.message, part);
    ck_assert_int_eq(mien_graph_finish(graph, logits, NULL), MIEN_INVALID_ARGUMENT);
    mien_graph_free(graph);
}

START_TEST(test_what_cannot_be_finished) {
    mien_graph *graph = new_graph();
    check_unfinished(graph, 0, "the graph is empty: declare an input");

    graph = new_graph();
    mien_node node = mien_relu(graph, 0);
    ck_assert_int_eq(node, MIEN_NO_NODE);
    check_unfinished(graph, node, "input 0 is not a node of this graph");

    graph = new_graph();
    node = mien_input(graph, 4, 4, 1);
    check_unfinished(graph, node, "the logits 'input' are [4, 4, 1]; they must be a vector");

    graph = new_graph();
    mien_input(graph, 4, 4, 1);
    check_unfinished(graph, 1, "the logits are not a node of this graph");

    graph = new_graph();
    mien_input(graph, 4, 4, 1);
    check_unfinished(graph, MIEN_NO_NODE, "the logits are not a node of this graph");

    graph = new_graph();
    mien_input(graph, 4, 0, 3);
    check_unfinished(graph, 0, "would be [4, 0, 3]; every dimension must be at least 1");
}
END_TEST

START_TEST(test_nothing_is_added_to_a_finished_graph) {
    mien_graph *graph = new_graph();
    const mien_node logits = mien_flatten(graph, mien_input(graph, 2, 2, 1), MIEN_FLATTEN_HWC);
    ck_assert_int_eq(mien_graph_finish(graph, logits, NULL), MIEN_OK);
    ck_assert_int_eq(mien_relu(graph, logits), MIEN_NO_NODE);
    ck_assert_int_eq(mien_name(graph, logits, "logits"), MIEN_NO_NODE);
    mien_explain_layer(graph, 0, (mien_extent){0, 0});
    ck_assert_int_eq(mien_graph_explain_layer(graph, NULL), MIEN_NO_NODE);
    ck_assert_uint_eq(mien_graph_node_count(graph), 2);
    ck_assert_int_eq(mien_graph_output(graph), logits);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_finish(graph, logits, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "the graph is already finished");
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_a_runaway_plugin_is_stopped) {
    mien_graph *graph = new_graph();
    mien_node node = mien_input(graph, 2, 2, 1);
    size_t calls = 0;
    while (node != MIEN_NO_NODE && calls < 100000) {
        node = mien_dropout(graph, node, 0);
        calls++;
    }
    ck_assert_int_eq(node, MIEN_NO_NODE);
    check_unfinished(graph, node, "more than 20000 nodes");
}
END_TEST

// --- Names and parameters ------------------------------------------------------------------------

START_TEST(test_names_are_unique) {
    mien_graph *graph = new_graph();
    mien_node x = mien_input(graph, 8, 8, 4);
    x = mien_batch_norm(graph, x, "bn", 0);
    ck_assert_int_eq(mien_batch_norm(graph, x, "bn", 0), MIEN_NO_NODE);
    check_unfinished(graph, x, "batch_norm 'bn': another node has this name");

    graph = new_graph();
    x = mien_relu(graph, mien_input(graph, 8, 8, 4));
    ck_assert_int_eq(mien_name(graph, x, "block1"), x);
    ck_assert_int_eq(mien_name(graph, x, "block1"), x); // its own name is no clash
    ck_assert_int_eq(mien_graph_find(graph, "block1"), x);
    ck_assert_int_eq(mien_graph_find(graph, "relu_1"), MIEN_NO_NODE);
    ck_assert_int_eq(mien_name(graph, x, ""), MIEN_NO_NODE);
    check_unfinished(graph, x, "a name must have 1 to 256 characters");
}
END_TEST

START_TEST(test_long_names_are_refused_not_cut) {
    char name[400];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    mien_graph *graph = new_graph();
    mien_node x = mien_flatten(graph, mien_input(graph, 2, 2, 1), MIEN_FLATTEN_HWC);
    ck_assert_int_eq(mien_linear(graph, x, "fc", MIEN_LINEAR(.features = 2, .weight = name)),
                     MIEN_NO_NODE);
    check_unfinished(graph, x, "linear 'fc': a parameter's name must have 1 to");

    graph = new_graph();
    x = mien_flatten(graph, mien_input(graph, 2, 2, 1), MIEN_FLATTEN_HWC);
    ck_assert_int_eq(mien_linear(graph, x, name, MIEN_LINEAR(.features = 2)), MIEN_NO_NODE);
    check_unfinished(graph, x, "a name must have 1 to 256 characters");

    graph = new_graph();
    name[256] = '\0';
    x = mien_flatten(graph, mien_input(graph, 2, 2, 1), MIEN_FLATTEN_HWC);
    x = mien_linear(graph, x, name, MIEN_LINEAR(.features = 2));
    ck_assert_int_eq(mien_graph_finish(graph, x, NULL), MIEN_OK);
    ck_assert_uint_eq(strlen(mien_graph_parameter(graph, 0).name), 256 + strlen(".weight"));
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_a_parameter_may_be_shared_by_equal_shapes) {
    mien_graph *graph = new_graph();
    mien_node x = mien_flatten(graph, mien_input(graph, 2, 3, 2), MIEN_FLATTEN_HWC);
    x = mien_linear(graph, x, "a", MIEN_LINEAR(.features = 12, .weight = "tied"));
    x = mien_linear(graph, x, "b", MIEN_LINEAR(.features = 12, .weight = "tied"));
    ck_assert_int_eq(mien_graph_finish(graph, x, NULL), MIEN_OK);
    ck_assert_uint_eq(mien_graph_parameter_count(graph), 1);
    ck_assert_str_eq(mien_graph_parameter(graph, 0).name, "tied");
    ck_assert_uint_eq(mien_graph_cost(graph).parameters, 144); // counted once
    mien_graph_free(graph);

    graph = new_graph();
    x = mien_flatten(graph, mien_input(graph, 2, 3, 2), MIEN_FLATTEN_HWC);
    x = mien_linear(graph, x, "a", MIEN_LINEAR(.features = 5, .weight = "tied"));
    ck_assert_int_eq(mien_linear(graph, x, "b", MIEN_LINEAR(.features = 4, .weight = "tied")),
                     MIEN_NO_NODE);
    check_unfinished(graph, x,
                     "linear 'b': parameter 'tied' is used as [4, 5] here and as [5, 12] before");
}
END_TEST

START_TEST(test_names_passed_in_are_copied) {
    char name[] = "stem", weight[] = "first.weight";
    mien_graph *graph = new_graph();
    mien_node x = mien_input(graph, 4, 4, 2);
    x = mien_conv2d(graph, x, name,
                    MIEN_CONV2D(.filters = 3, .kernel = {1, 1}, .bias = true, .weight = weight));
    memset(name, '?', 4);
    memset(weight, '?', 12);
    x = mien_global_average_pool(graph, x);
    ck_assert_int_eq(mien_graph_finish(graph, x, NULL), MIEN_OK);
    ck_assert_str_eq(mien_graph_parameter(graph, 0).name, "first.weight");
    ck_assert_str_eq(mien_graph_parameter(graph, 1).name, "stem.bias");
    mien_graph_free(graph);
}
END_TEST

// --- Sizes ---------------------------------------------------------------------------------------

START_TEST(test_sizes_that_overflow_are_refused) {
    mien_graph *graph = new_graph();
    mien_node x = mien_input(graph, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    check_unfinished(graph, x, "[4294967295, 4294967295, 4294967295]; every dimension");

    graph = new_graph();
    x = mien_input(graph, 1 << 20, 1 << 20, 1);
    x = mien_pad(graph, x, (mien_padding){UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
                 UINT32_MAX);
    check_unfinished(graph, x, "pad 'pad_1': its output would be [");

    graph = new_graph();
    x = mien_flatten(graph, mien_input(graph, 1 << 15, 1 << 15, 64), MIEN_FLATTEN_HWC);
    x = mien_linear(graph, x, "fc", MIEN_LINEAR(.features = 1 << 24));
    check_unfinished(graph, x, "linear 'fc': parameter 'fc.weight' is too large");

    // More logits than a class count can say.
    graph = new_graph();
    x = mien_flatten(graph, mien_input(graph, 1 << 15, 1 << 15, 64), MIEN_FLATTEN_HWC);
    check_unfinished(graph, x, "the logits 'flatten_1' are [68719476736]");
}
END_TEST

// --- Costs ---------------------------------------------------------------------------------------

static void check_cost(const mien_graph *graph, mien_node node, uint64_t multiply_adds,
                       uint64_t parameters, uint64_t activations) {
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(graph, node, &info);
    ck_assert_msg(info.cost.multiply_adds == multiply_adds && info.cost.parameters == parameters &&
                      info.cost.activation_bytes == activations * sizeof(float),
                  "'%s': %llu multiply-adds, %llu parameters, %llu bytes", info.name,
                  (unsigned long long)info.cost.multiply_adds,
                  (unsigned long long)info.cost.parameters,
                  (unsigned long long)info.cost.activation_bytes);
}

START_TEST(test_costs_worked_by_hand) {
    mien_graph *graph = new_graph();
    const mien_node input = mien_input(graph, 10, 8, 6);
    // Rows (10 + 2 − 3) / 2 + 1 = 5, columns (8 + 1 − 3) / 2 + 1 = 4.
    const mien_node conv = mien_conv2d(graph, input, "conv",
                                       MIEN_CONV2D(.filters = 9, .kernel = {3, 3}, .stride = {2, 2},
                                                   .padding = {1, 1, 1, 0}, .bias = true));
    const mien_node norm = mien_batch_norm(graph, conv, "bn", 0);
    const mien_node depthwise =
        mien_conv2d(graph, norm, "dw", MIEN_CONV2D(.filters = 18, .kernel = {2, 2}, .groups = 9));
    const mien_node grouped = mien_conv2d(
        graph, depthwise, "group", MIEN_CONV2D(.filters = 12, .kernel = {1, 3}, .groups = 3));
    const mien_node tokens = mien_tokens(graph, grouped);
    const mien_node whole = mien_class_token(graph, tokens, "cls");
    const mien_node placed = mien_position_embedding(graph, whole, "pos");
    const mien_node qkv =
        mien_linear(graph, placed, "qkv", MIEN_LINEAR(.features = 36, .bias = true));
    const mien_node attention = mien_attention(graph, qkv, 4);
    const mien_node norm2 = mien_layer_norm(graph, attention, "ln", 0);
    const mien_node dropped = mien_dropout(graph, norm2, 0.5f);
    const mien_node first = mien_select_token(graph, dropped, 0);
    const mien_node logits = mien_linear(graph, first, "fc", MIEN_LINEAR(.features = 7));
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_graph_finish(graph, logits, &error) == MIEN_OK, "%s", error.message);

    check_cost(graph, input, 0, 0, 10 * 8 * 6);
    check_cost(graph, conv, 5 * 4 * 9 * 6 * 9, 9 * 6 * 9 + 9, 5 * 4 * 9);
    check_cost(graph, norm, 0, 4 * 9, 5 * 4 * 9);
    check_cost(graph, depthwise, 4 * 3 * 18 * 4, 18 * 4, 4 * 3 * 18); // {4, 3, 18}
    check_cost(graph, grouped, 4 * 1 * 12 * 6 * 3, 12 * 6 * 3, 4 * 1 * 12);
    check_cost(graph, tokens, 0, 0, 0); // a view
    check_cost(graph, whole, 0, 12, 5 * 12);
    check_cost(graph, placed, 0, 5 * 12, 5 * 12);
    check_cost(graph, qkv, 5 * 12 * 36, 12 * 36 + 36, 5 * 36);
    check_cost(graph, attention, 2 * 5 * 5 * 12, 0, 5 * 12); // scores and their use
    check_cost(graph, norm2, 0, 2 * 12, 5 * 12);
    check_cost(graph, dropped, 0, 0, 0);
    check_cost(graph, first, 0, 0, 12);
    check_cost(graph, logits, 12 * 7, 12 * 7, 7);

    const mien_cost total = mien_graph_cost(graph);
    ck_assert_uint_eq(total.multiply_adds, 9720 + 864 + 864 + 2160 + 600 + 84);
    ck_assert_uint_eq(total.parameters, 495 + 36 + 72 + 216 + 12 + 60 + 468 + 24 + 84);
    ck_assert_uint_eq(total.activation_bytes,
                      4 * (480 + 180 + 180 + 216 + 48 + 60 + 60 + 180 + 60 + 60 + 12 + 7));
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_a_node_says_what_it_is) {
    mien_graph *graph = new_graph();
    const mien_node input = mien_input(graph, 9, 9, 4);
    const mien_node conv = mien_conv2d(graph, input, "conv",
                                       MIEN_CONV2D(.filters = 8, .kernel = {3, 5}, .stride = {2, 2},
                                                   .dilation = {2, 1}, .groups = 4));
    const mien_node sum = mien_add(graph, conv, mien_relu(graph, conv));
    mien_explain_layer(graph, sum, (mien_extent){0, 0});
    const mien_node logits = mien_global_average_pool(graph, sum);
    ck_assert_int_eq(mien_graph_finish(graph, logits, NULL), MIEN_OK);
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(graph, conv, &info);
    ck_assert_str_eq(info.operator_name, "conv2d");
    ck_assert_str_eq(info.detail, "3x5 stride 2 dilation 2 groups 4, 8 filters");
    ck_assert_uint_eq(info.input_count, 1);
    ck_assert_uint_eq(info.parameter_count, 1);
    mien_graph_node_info(graph, sum, &info);
    ck_assert_uint_eq(info.input_count, 2);
    ck_assert_int_eq(info.inputs[0], conv);
    ck_assert_int_eq(info.inputs[1], conv + 1);
    mien_extent grid;
    ck_assert_int_eq(mien_graph_explain_layer(graph, &grid), sum);
    ck_assert_uint_eq(grid.height, 0);
    ck_assert_uint_eq(mien_graph_classes(graph), 8);
    ck_assert_uint_eq(mien_graph_input_shape(graph).dim[2], 4);
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_an_explanation_grid_must_fit) {
    mien_graph *graph = new_graph();
    const mien_node tokens = mien_tokens(graph, mien_input(graph, 6, 5, 12));
    mien_explain_layer(graph, tokens, (mien_extent){6, 5});
    mien_explain_layer(graph, tokens, (mien_extent){6, 6});
    check_unfinished(
        graph, tokens,
        "mien_explain_layer 'tokens_1': a grid of 6 by 6 does not fit tokens [30, 12]");
    graph = new_graph();
    const mien_node vector = mien_global_average_pool(graph, mien_input(graph, 6, 5, 12));
    mien_explain_layer(graph, vector, (mien_extent){1, 1});
    check_unfinished(graph, vector, "shape is [12]; it must be {height, width, channels} or");
}
END_TEST

// --- Older callers -------------------------------------------------------------------------------

START_TEST(test_options_of_an_older_caller) {
    // The struct as far as `padding`: later members are garbage that must not be read.
    mien_conv2d_options conv;
    memset(&conv, 0xff, sizeof conv);
    conv.size = offsetof(mien_conv2d_options, groups);
    conv.filters = 3;
    conv.kernel = (mien_extent){3, 3};
    conv.stride = conv.dilation = (mien_extent){1, 1};
    conv.padding = (mien_padding){1, 1, 1, 1};
    mien_pool2d_options pool;
    memset(&pool, 0xff, sizeof pool);
    pool.size = offsetof(mien_pool2d_options, padding);
    pool.kernel = pool.stride = (mien_extent){2, 2};
    mien_linear_options linear;
    memset(&linear, 0xff, sizeof linear);
    linear.size = offsetof(mien_linear_options, bias);
    linear.features = 5;

    mien_graph *graph = new_graph();
    mien_node x = mien_conv2d(graph, mien_input(graph, 5, 5, 4), "conv", &conv);
    x = mien_max_pool2d(graph, x, &pool);
    x = mien_linear(graph, mien_flatten(graph, x, MIEN_FLATTEN_HWC), "fc", &linear);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_graph_finish(graph, x, &error) == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(mien_graph_parameter_count(graph), 2); // no biases
    ck_assert_str_eq(mien_graph_parameter(graph, 0).name, "conv.weight");
    const mien_shape weight = {2, {5, 2 * 2 * 3}};
    const mien_parameter second = mien_graph_parameter(graph, 1);
    ck_assert(mien_shape_equal(&second.shape, &weight));
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_options_of_a_newer_caller) {
    struct {
        mien_linear_options known;
        char later[64];
    } options = {.known = {.size = sizeof options, .features = 2, .bias = true}};
    mien_graph *graph = new_graph();
    mien_node x = mien_flatten(graph, mien_input(graph, 2, 2, 1), MIEN_FLATTEN_HWC);
    x = mien_linear(graph, x, "fc", &options.known);
    ck_assert_int_eq(mien_graph_finish(graph, x, NULL), MIEN_OK);
    ck_assert_uint_eq(mien_graph_parameter_count(graph), 2);
    mien_graph_free(graph);
    mien_graph_free(NULL);
}
END_TEST

static Suite *suite(void) {
    Suite *graphs = suite_create("graph");
    TCase *building = tcase_create("building");
    tcase_set_timeout(building, 60);
    tcase_add_test(building, test_no_node_goes_through_every_call);
    tcase_add_test(building, test_what_cannot_be_finished);
    tcase_add_test(building, test_nothing_is_added_to_a_finished_graph);
    tcase_add_test(building, test_a_runaway_plugin_is_stopped);
    tcase_add_test(building, test_names_are_unique);
    tcase_add_test(building, test_long_names_are_refused_not_cut);
    tcase_add_test(building, test_a_parameter_may_be_shared_by_equal_shapes);
    tcase_add_test(building, test_names_passed_in_are_copied);
    tcase_add_test(building, test_sizes_that_overflow_are_refused);
    suite_add_tcase(graphs, building);
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, test_costs_worked_by_hand);
    tcase_add_test(reading, test_a_node_says_what_it_is);
    tcase_add_test(reading, test_an_explanation_grid_must_fit);
    suite_add_tcase(graphs, reading);
    TCase *versions = tcase_create("versions");
    tcase_add_test(versions, test_options_of_an_older_caller);
    tcase_add_test(versions, test_options_of_a_newer_caller);
    suite_add_tcase(graphs, versions);
    return graphs;
}

int main(void) {
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
