// SPDX-License-Identifier: Apache-2.0
// Building graphs: what each operator refuses and how it says so, mistakes, names, costs, and
// options of an older caller.
#include "mien/graph.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static mien_graph *new_graph(void) {
    mien_graph *graph = NULL;
    ck_assert_int_eq(mien_graph_create(&graph, NULL), MIEN_OK);
    return graph;
}

// --- Refusals ------------------------------------------------------------------------------------

/// What refusals start from: a feature map, the sequence it makes, and a vector.
struct start {
    mien_node map, tokens, vector; ///< {6, 5, 12}, {30, 12}, {12}
};

static struct start start(mien_graph *graph) {
    const mien_node map = mien_input(graph, 6, 5, 12);
    return (struct start){map, mien_tokens(graph, map), mien_global_average_pool(graph, map)};
}

typedef mien_node refused(mien_graph *graph, struct start s);

// One function a row, kept beside its messages: REFUSAL(name, expression) declares it.
#define REFUSAL(name, ...)                                                                         \
    static mien_node name(mien_graph *graph, struct start s) {                                     \
        (void)s;                                                                                   \
        return __VA_ARGS__;                                                                        \
    }
#define CONV(...) mien_conv2d(graph, s.map, "stem", MIEN_CONV2D(__VA_ARGS__))
#define POOL(...) mien_max_pool2d(graph, s.map, MIEN_POOL2D(__VA_ARGS__))

REFUSAL(second_input, mien_input(graph, 4, 4, 3))
REFUSAL(conv_of_tokens,
        mien_conv2d(graph, s.tokens, "stem", MIEN_CONV2D(.filters = 8, .kernel = {3, 3})))
REFUSAL(conv_no_filters, CONV(.kernel = {3, 3}))
REFUSAL(conv_no_kernel, CONV(.filters = 8, .kernel = {3, 0}))
REFUSAL(conv_groups, CONV(.filters = 8, .kernel = {1, 1}, .groups = 5))
REFUSAL(conv_group_filters, CONV(.filters = 10, .kernel = {1, 1}, .groups = 4))
REFUSAL(conv_too_wide, CONV(.filters = 8, .kernel = {3, 7}, .padding = {1, 0, 1, 1}))
REFUSAL(conv_dilated, CONV(.filters = 8, .kernel = {3, 3}, .dilation = {3, 1}))
REFUSAL(conv_huge, CONV(.filters = 8, .kernel = {3, 3}, .padding = {.left = 70000}))
REFUSAL(conv_many_filters, CONV(.filters = 1 << 21, .kernel = {1, 1}))
REFUSAL(linear_of_map, mien_linear(graph, s.map, "fc", MIEN_LINEAR(.features = 3)))
REFUSAL(linear_nothing, mien_linear(graph, s.vector, "fc", MIEN_LINEAR(.bias = true)))
REFUSAL(norm_epsilon, mien_batch_norm(graph, s.map, "bn", -1e-5f))
REFUSAL(norm_no_number, mien_batch_norm(graph, s.map, "bn", NAN))
REFUSAL(layer_norm_epsilon, mien_layer_norm(graph, s.tokens, "ln", -1e-6f))
REFUSAL(add_shapes, mien_add(graph, s.map, s.tokens))
REFUSAL(multiply_shapes, mien_multiply(graph, s.vector, s.map))
REFUSAL(clamp_backwards, mien_clamp(graph, s.map, 6, 0))
REFUSAL(clamp_no_number, mien_clamp(graph, s.map, 0, NAN))
REFUSAL(pool_of_vector, mien_max_pool2d(graph, s.vector, MIEN_POOL2D(.kernel = {2, 2})))
REFUSAL(average_of_tokens, mien_average_pool2d(graph, s.tokens, MIEN_POOL2D(.kernel = {2, 2})))
REFUSAL(pool_one_pixel, POOL(.kernel = {1, 1}))
REFUSAL(pool_stride, POOL(.kernel = {2, 2}, .stride = {2, 3}))
REFUSAL(pool_padding, POOL(.kernel = {2, 3}, .padding = {.bottom = 2}))
REFUSAL(pool_too_high, POOL(.kernel = {8, 2}, .padding = {.top = 1}))
REFUSAL(average_of_vector, mien_global_average_pool(graph, s.vector))
REFUSAL(pad_of_tokens, mien_pad(graph, s.tokens, (mien_padding){1, 1, 1, 1}, 0))
REFUSAL(flatten_order, mien_flatten(graph, s.map, (mien_flatten_order)7))
REFUSAL(tokens_of_vector, mien_tokens(graph, s.vector))
REFUSAL(class_token_of_map, mien_class_token(graph, s.map, "cls"))
REFUSAL(position_of_vector, mien_position_embedding(graph, s.vector, "pos"))
REFUSAL(select_of_map, mien_select_token(graph, s.map, 0))
REFUSAL(select_beyond, mien_select_token(graph, s.tokens, 30))
REFUSAL(attention_of_map, mien_attention(graph, s.map, 2))
REFUSAL(attention_heads, mien_attention(graph, s.tokens, 3))
REFUSAL(attention_no_heads, mien_attention(graph, s.tokens, 0))
REFUSAL(dropout_rate, mien_dropout(graph, s.map, 1))
REFUSAL(depth_rate, mien_stochastic_depth(graph, s.map, -0.1f))
REFUSAL(unknown_node, mien_relu(graph, 99))
REFUSAL(negative_node, mien_add(graph, s.map, -7))
REFUSAL(empty_name, mien_linear(graph, s.vector, "", MIEN_LINEAR(.features = 3)))
REFUSAL(taken_name, mien_name(graph, s.tokens, "input"))
REFUSAL(own_words, mien_graph_reject(graph, "width %d is odd", 3))

static const struct refusal {
    refused *call;
    const char *message[3]; ///< parts: who, what there is, the rule
} refusals[] = {
    {second_input, {"input", "must be the graph's first node, and the only"}},
    {conv_of_tokens, {"conv2d 'stem'", "[30, 12]", "must be {height, width, channels}"}},
    {conv_no_filters, {"conv2d 'stem'", "0 filters", "at least 1"}},
    {conv_no_kernel, {"conv2d 'stem'", "kernel 3 by 0", "at least 1"}},
    {conv_groups, {"conv2d 'stem'", "12 channels and 8 filters in 5 groups", "multiples"}},
    {conv_group_filters, {"conv2d 'stem'", "12 channels and 10 filters in 4 groups", "multiples"}},
    {conv_too_wide, {"conv2d 'stem'", "3 by 7", "does not fit input [6, 5, 12] with padding"}},
    {conv_dilated, {"conv2d 'stem'", "dilation 3 by 1", "does not fit input [6, 5, 12]"}},
    {conv_huge, {"conv2d 'stem'", "padding must be at most 65536"}},
    {conv_many_filters, {"conv2d 'stem'", "2097152 filters", "filters at most 1048576"}},
    {linear_of_map, {"linear 'fc'", "[6, 5, 12]", "must be {channels} or {tokens, channels}"}},
    {linear_nothing, {"linear 'fc'", "0 features", "must be 1 to"}},
    {norm_epsilon, {"batch_norm 'bn'", "epsilon -1e-05", "at least 0"}},
    {norm_no_number, {"batch_norm 'bn'", "nan", "at least 0"}},
    {layer_norm_epsilon, {"layer_norm 'ln'", "epsilon -1e-06", "at least 0"}},
    {add_shapes, {"add 'add_3'", "[6, 5, 12] and [30, 12]", "must be equal"}},
    {multiply_shapes, {"multiply 'multiply_3'", "[12] and [6, 5, 12]", "must be equal, or"}},
    {clamp_backwards, {"clamp 'clamp_3'", "from 6 to 0", "must be smaller"}},
    {clamp_no_number, {"clamp 'clamp_3'", "nan", "must be smaller"}},
    {pool_of_vector, {"max_pool2d 'max_pool2d_3'", "[12]", "must be {height, width, channels}"}},
    {average_of_tokens, {"average_pool2d", "[30, 12]", "must be {height, width, channels}"}},
    {pool_one_pixel, {"max_pool2d", "window of 1 by 1", "at least two pixels"}},
    {pool_stride, {"max_pool2d", "stride 2 by 3 and window 2 by 2", "at most the window"}},
    {pool_padding, {"max_pool2d", "padding 0, 0, 2, 0", "less than the window"}},
    {pool_too_high, {"max_pool2d", "8 by 2", "does not fit input [6, 5, 12]"}},
    {average_of_vector, {"global_average_pool", "[12]", "{tokens, channels}"}},
    {pad_of_tokens, {"pad 'pad_3'", "[30, 12]", "must be {height, width, channels}"}},
    {flatten_order, {"flatten 'flatten_3'", "unknown order 7"}},
    {tokens_of_vector, {"tokens 'tokens_3'", "[12]", "must be {height, width, channels}"}},
    {class_token_of_map, {"class_token 'cls'", "[6, 5, 12]", "must be {tokens, channels}"}},
    {position_of_vector, {"position_embedding 'pos'", "[12]", "must be {tokens, channels}"}},
    {select_of_map, {"select_token", "[6, 5, 12]", "must be {tokens, channels}"}},
    {select_beyond, {"select_token 'select_token_3'", "token 30 of 30", "below"}},
    {attention_of_map, {"attention", "[6, 5, 12]", "{tokens, 3 x channels}"}},
    {attention_heads, {"attention 'attention_3'", "[30, 12] with 3 heads", "a multiple of 3"}},
    {attention_no_heads, {"attention", "with 0 heads", "a multiple of 3"}},
    {dropout_rate, {"dropout 'dropout_3'", "rate 1", "at least 0 and below 1"}},
    {depth_rate, {"stochastic_depth", "rate -0.1", "at least 0 and below 1"}},
    {unknown_node, {"relu", "input 0 is not a node of this graph (99)"}},
    {negative_node, {"add", "input 1 is not a node of this graph (-7)"}},
    {empty_name, {"linear", "a name must have 1 to 256 characters"}},
    {taken_name, {"mien_name 'input'", "another node has this name"}},
    {own_words, {"width 3 is odd"}},
};

START_TEST(test_what_does_not_fit_is_refused) {
    const struct refusal *row = &refusals[_i];
    mien_graph *graph = new_graph();
    const struct start s = start(graph);
    const uint32_t nodes = mien_graph_node_count(graph);
    ck_assert_int_eq(row->call(graph, s), MIEN_NO_NODE);
    ck_assert_uint_eq(mien_graph_node_count(graph), nodes);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_finish(graph, s.vector, &error), MIEN_INVALID_ARGUMENT);
    for (int i = 0; i < 3 && row->message[i]; i++) {
        ck_assert_msg(strstr(error.message, row->message[i]), "'%s' lacks '%s'", error.message,
                      row->message[i]);
    }
    mien_graph_free(graph);
}
END_TEST

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
    const struct start s = start(graph);
    mien_explain_layer(graph, s.tokens, (mien_extent){6, 5});
    mien_explain_layer(graph, s.tokens, (mien_extent){6, 6});
    check_unfinished(
        graph, s.vector,
        "mien_explain_layer 'tokens_1': a grid of 6 by 6 does not fit tokens [30, 12]");
    graph = new_graph();
    const struct start t = start(graph);
    mien_explain_layer(graph, t.vector, (mien_extent){1, 1});
    check_unfinished(graph, t.vector, "shape is [12]; it must be {height, width, channels} or");
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
    tcase_add_loop_test(building, test_what_does_not_fit_is_refused, 0,
                        sizeof refusals / sizeof *refusals);
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
