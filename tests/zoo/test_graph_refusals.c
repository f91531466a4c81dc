// SPDX-License-Identifier: Apache-2.0
// What each operator refuses, and how it says so: who, what there is, what would be right.
#include "mien/graph.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/// What refusals start from: a feature map, the sequence it makes, and a vector.
struct start {
    mien_graph *graph;
    mien_node map, tokens, vector; ///< {6, 5, 12}, {30, 12}, {12}
};

static struct start start(mien_graph *graph) {
    const mien_node map = mien_input(graph, 6, 5, 12);
    return (struct start){graph, map, mien_tokens(graph, map),
                          mien_global_average_pool(graph, map)};
}

typedef mien_node refused(struct start s);

#define REFUSAL(name) static mien_node name(struct start s)
#define CONV(...) mien_conv2d(s.graph, s.map, "stem", MIEN_CONV2D(__VA_ARGS__))
#define POOL(...) mien_max_pool2d(s.graph, s.map, MIEN_POOL2D(__VA_ARGS__))

REFUSAL(second_input) {
    return mien_input(s.graph, 4, 4, 3);
}

REFUSAL(conv_of_tokens) {
    return mien_conv2d(s.graph, s.tokens, "stem", MIEN_CONV2D(.filters = 8, .kernel = {3, 3}));
}

REFUSAL(conv_no_filters) {
    return CONV(.kernel = {3, 3});
}

REFUSAL(conv_no_kernel) {
    return CONV(.filters = 8, .kernel = {3, 0});
}

REFUSAL(conv_groups) {
    return CONV(.filters = 8, .kernel = {1, 1}, .groups = 5);
}

REFUSAL(conv_group_filters) {
    return CONV(.filters = 10, .kernel = {1, 1}, .groups = 4);
}

REFUSAL(conv_too_wide) {
    return CONV(.filters = 8, .kernel = {3, 7}, .padding = {1, 0, 1, 1});
}

REFUSAL(conv_dilated) {
    return CONV(.filters = 8, .kernel = {3, 3}, .dilation = {3, 1});
}

REFUSAL(conv_huge) {
    return CONV(.filters = 8, .kernel = {3, 3}, .padding = {.left = 70000});
}

REFUSAL(conv_many_filters) {
    return CONV(.filters = 1 << 21, .kernel = {1, 1});
}

REFUSAL(linear_of_map) {
    return mien_linear(s.graph, s.map, "fc", MIEN_LINEAR(.features = 3));
}

REFUSAL(linear_nothing) {
    return mien_linear(s.graph, s.vector, "fc", MIEN_LINEAR(.bias = true));
}

REFUSAL(norm_epsilon) {
    return mien_batch_norm(s.graph, s.map, "bn", -1e-5f);
}

REFUSAL(norm_no_number) {
    return mien_batch_norm(s.graph, s.map, "bn", NAN);
}

REFUSAL(layer_norm_epsilon) {
    return mien_layer_norm(s.graph, s.tokens, "ln", -1e-6f);
}

REFUSAL(add_shapes) {
    return mien_add(s.graph, s.map, s.tokens);
}

REFUSAL(multiply_shapes) {
    return mien_multiply(s.graph, s.vector, s.map);
}

REFUSAL(clamp_backwards) {
    return mien_clamp(s.graph, s.map, 6, 0);
}

REFUSAL(clamp_no_number) {
    return mien_clamp(s.graph, s.map, 0, NAN);
}

REFUSAL(pool_of_vector) {
    return mien_max_pool2d(s.graph, s.vector, MIEN_POOL2D(.kernel = {2, 2}));
}

REFUSAL(average_of_tokens) {
    return mien_average_pool2d(s.graph, s.tokens, MIEN_POOL2D(.kernel = {2, 2}));
}

REFUSAL(pool_one_pixel) {
    return POOL(.kernel = {1, 1});
}

REFUSAL(pool_stride) {
    return POOL(.kernel = {2, 2}, .stride = {2, 3});
}

REFUSAL(pool_padding) {
    return POOL(.kernel = {2, 3}, .padding = {.bottom = 2});
}

REFUSAL(pool_too_high) {
    return POOL(.kernel = {8, 2}, .padding = {.top = 1});
}

REFUSAL(average_of_vector) {
    return mien_global_average_pool(s.graph, s.vector);
}

REFUSAL(pad_of_tokens) {
    return mien_pad(s.graph, s.tokens, (mien_padding){1, 1, 1, 1}, 0);
}

REFUSAL(flatten_order) {
    return mien_flatten(s.graph, s.map, (mien_flatten_order)7);
}

REFUSAL(tokens_of_vector) {
    return mien_tokens(s.graph, s.vector);
}

REFUSAL(class_token_of_map) {
    return mien_class_token(s.graph, s.map, "cls");
}

REFUSAL(position_of_vector) {
    return mien_position_embedding(s.graph, s.vector, "pos");
}

REFUSAL(select_of_map) {
    return mien_select_token(s.graph, s.map, 0);
}

REFUSAL(select_beyond) {
    return mien_select_token(s.graph, s.tokens, 30);
}

REFUSAL(attention_of_map) {
    return mien_attention(s.graph, s.map, 2);
}

REFUSAL(attention_heads) {
    return mien_attention(s.graph, s.tokens, 3);
}

REFUSAL(attention_no_heads) {
    return mien_attention(s.graph, s.tokens, 0);
}

REFUSAL(dropout_rate) {
    return mien_dropout(s.graph, s.map, 1);
}

REFUSAL(depth_rate) {
    return mien_stochastic_depth(s.graph, s.map, -0.1f);
}

REFUSAL(unknown_node) {
    return mien_relu(s.graph, 99);
}

REFUSAL(negative_node) {
    return mien_add(s.graph, s.map, -7);
}

REFUSAL(empty_name) {
    return mien_linear(s.graph, s.vector, "", MIEN_LINEAR(.features = 3));
}

REFUSAL(taken_name) {
    return mien_name(s.graph, s.tokens, "input");
}

REFUSAL(own_words) {
    return mien_graph_reject(s.graph, "width %d is odd", 3);
}

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
    mien_graph *graph = NULL;
    ck_assert_int_eq(mien_graph_create(&graph, NULL), MIEN_OK);
    const struct start s = start(graph);
    const uint32_t nodes = mien_graph_node_count(graph);
    ck_assert_int_eq(row->call(s), MIEN_NO_NODE);
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

int main(void) {
    Suite *suite = suite_create("graph: refusals");
    TCase *operators = tcase_create("operators");
    tcase_add_loop_test(operators, test_what_does_not_fit_is_refused, 0,
                        sizeof refusals / sizeof *refusals);
    suite_add_tcase(suite, operators);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
