// SPDX-License-Identifier: Apache-2.0
// Networks whose nodes are computed together: what may be fused is, what somebody else reads is
// not, and either way the numbers are those of the naive reference.
#include "support/seeded.h"
#include "support/twin.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

// Largest difference over the largest output, through up to a dozen layers.
static const double tolerance = 1e-4;

typedef struct seeded_dice dice;

// --- What is fused -------------------------------------------------------------------------------

enum { SIDE = 6, CHANNELS = 16 };

static twin convolution(twin_net *net, twin x, const char *name) {
    return twin_conv2d(net, x, name,
                       MIEN_CONV2D(.filters = CHANNELS, .kernel = {3, 3}, .padding = {1, 1, 1, 1}));
}

/// A convolution, its batch norm and ReLU; `extra` is what else is read.
static twin conv_norm_relu(twin_net *net, twin x, twin *extra) {
    *extra = convolution(net, x, "conv");
    return twin_relu(net, twin_batch_norm(net, *extra, "bn", 1e-5f));
}

static twin residual_block(twin_net *net, twin x, twin *extra) {
    *extra = twin_batch_norm(net, convolution(net, x, "conv"), "bn", 1e-5f);
    return twin_relu(net, twin_add(net, *extra, x));
}

static twin residual_block_dropped(twin_net *net, twin x, twin *extra) {
    twin y = twin_batch_norm(net, convolution(net, x, "conv"), "bn", 1e-5f);
    *extra = twin_training_only(net, y, mien_stochastic_depth, 0.5f);
    return twin_relu(net, twin_add(net, x, *extra));
}

static twin linear_gelu(twin_net *net, twin x, twin *extra) {
    *extra = twin_linear(net, twin_tokens(net, x), "fc", 24, true);
    return twin_unary(net, *extra, mien_gelu, naive_gelu);
}

static twin linear_residual(twin_net *net, twin x, twin *extra) {
    twin y = twin_tokens(net, x);
    *extra = twin_linear(net, y, "fc", CHANNELS, true);
    return twin_add(net, y, *extra);
}

static twin clamps(twin_net *net, twin x, twin *extra) {
    *extra = twin_clamp(net, convolution(net, x, "conv"), -1, 2);
    return twin_clamp(net, *extra, 0, 6);
}

/// Clamps without a number in common.
static twin clamps_apart(twin_net *net, twin x, twin *extra) {
    *extra = twin_clamp(net, convolution(net, x, "conv"), -2, -1);
    return twin_relu(net, *extra);
}

static twin clamps_touching(twin_net *net, twin x, twin *extra) {
    *extra = twin_clamp(net, x, -1, 0.5f);
    return twin_clamp(net, *extra, 0.5f, 3);
}

static twin two_norms(twin_net *net, twin x, twin *extra) {
    *extra = twin_batch_norm(net, convolution(net, x, "conv"), "first", 1e-5f);
    return twin_batch_norm(net, *extra, "second", 1e-3f);
}

static twin depthwise_norm(twin_net *net, twin x, twin *extra) {
    *extra = twin_conv2d(net, x, "conv",
                         MIEN_CONV2D(.filters = CHANNELS, .groups = CHANNELS, .kernel = {3, 3},
                                     .padding = {1, 1, 1, 1}, .bias = true));
    return twin_clamp(net, twin_batch_norm(net, *extra, "bn", 1e-5f), 0, 6);
}

static const struct pattern {
    const char *name;
    twin (*declare)(twin_net *net, twin x, twin *extra);
    uint32_t steps, steps_with_extra; ///< with products of our own
} patterns[] = {
    {"conv, norm, relu", conv_norm_relu, 1, 2},
    {"residual block", residual_block, 1, 2},
    {"residual block, dropped in training", residual_block_dropped, 1, 2},
    {"linear, gelu", linear_gelu, 1, 2},
    {"linear, residual", linear_residual, 1, 2},
    {"two clamps", clamps, 1, 2},
    {"two clamps apart", clamps_apart, 2, 2},
    {"two clamps that touch", clamps_touching, 2, 2},
    {"two norms", two_norms, 2, 2},
    {"depthwise, norm, clamp", depthwise_norm, 1, 2},
};

/// Steps that a session of the network takes.
static uint32_t count_steps(const mien_graph *graph, const mien_session_options *options) {
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    mien_context *context = NULL;
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    ck_assert_msg(mien_session_create(graph, weights.weights, options, &session, &error) == MIEN_OK,
                  "%s", error.message);
    memory_weights_free(&weights);
    ck_assert_msg(mien_context_create(session, 1, &context, &error) == MIEN_OK, "%s",
                  error.message);
    const uint32_t count = mien_context_step_count(context);
    mien_context_free(context);
    mien_session_free(session);
    return count;
}

static void check_pattern(const struct pattern *pattern, bool with_extra, uint32_t most) {
    twin extra;
    twin_net net = twin_open(2);
    const twin last = pattern->declare(&net, twin_input(&net, SIDE, SIDE, CHANNELS), &extra);
    const mien_session_options options = {
        .size = sizeof options,
        .plan = MIEN_PLAN_SMALL,
        .extra_output = with_extra ? extra.node : 0,
    };
    twin_check(&net, last, &options, 1, tolerance, pattern->name);
    const uint32_t steps = count_steps(net.graph, &options);
    const char *isa = getenv("MIEN_MAX_ISA");
    // XNNPACK's products, which serve where ours do not pay, add no residual and know no GELU.
    const bool ours = !isa || strcmp(isa, "baseline") != 0;
    ck_assert_msg(ours ? steps == most : steps >= most, "%s%s: %u steps, not %u", pattern->name,
                  with_extra ? ", with an extra output" : "", steps, most);
    twin_close(&net);
}

START_TEST(test_pattern_is_fused) {
    check_pattern(&patterns[_i], false, patterns[_i].steps);
}
END_TEST

START_TEST(test_an_extra_output_is_kept_apart) {
    check_pattern(&patterns[_i], true, patterns[_i].steps_with_extra);
}
END_TEST

START_TEST(test_what_others_read_is_not_fused) {
    twin extra;
    twin_net net = twin_open(2);
    const twin last = patterns[_i].declare(&net, twin_input(&net, SIDE, SIDE, CHANNELS), &extra);
    // A second reader, after the pattern. Sums over everything meet at the end.
    twin whole = twin_global_average_pool(&net, last), part = twin_global_average_pool(&net, extra);
    const size_t channels = part.value->shape.dim[0];
    ck_assert_uint_eq(whole.value->shape.dim[0], channels);
    twin_check(&net, twin_add(&net, whole, part), NULL, 2, tolerance, patterns[_i].name);
    twin_close(&net);
}
END_TEST

// --- Random networks -----------------------------------------------------------------------------

enum { NETWORKS = 120, NODES_LEAST = 4, NODES_MOST = 14 };

typedef struct network {
    twin_net net;
    dice dice;
    twin known[TWIN_NODES]; ///< all of one shape, so that any two can be added
    uint32_t count;
    uint32_t channels;
} network;

static uint32_t roll(network *n, uint32_t sides) {
    return seeded_between(&n->dice, 0, sides - 1);
}

/// Mostly the newest, so that chains form; at times any, so that nodes are shared.
static twin pick(network *n) {
    return roll(n, 4) ? n->known[n->count - 1] : n->known[roll(n, n->count)];
}

/// One more activation, or what acts in training only.
static twin grow_unary(network *n) {
    twin x = pick(n);
    switch (roll(n, 9)) {
    case 0:
    case 1:
        return twin_relu(&n->net, x);
    case 2:
        return twin_clamp(&n->net, x, -1, (float)roll(n, 4));
    case 3:
        return twin_unary(&n->net, x, mien_gelu, naive_gelu);
    case 4:
        return twin_unary(&n->net, x, mien_sigmoid, naive_sigmoid);
    case 5:
        return twin_unary(&n->net, x, mien_silu, naive_silu);
    case 6:
        return twin_unary(&n->net, x, mien_hard_swish, naive_hard_swish);
    case 7:
        return twin_training_only(&n->net, x, mien_dropout, 0.5f);
    default:
        return twin_training_only(&n->net, x, mien_stochastic_depth, 0.5f);
    }
}

static void node_name(const network *n, char name[32]) {
    snprintf(name, 32, "node%zu", n->net.count);
}

static twin grow_norm(network *n) {
    char name[32];
    node_name(n, name);
    return roll(n, 3) ? twin_batch_norm(&n->net, pick(n), name, 1e-3f)
                      : twin_layer_norm(&n->net, pick(n), name, 1e-2f);
}

static twin grow_convolution(network *n) {
    char name[32];
    node_name(n, name);
    const uint32_t side = 1 + 2 * roll(n, 3), pad = side / 2;
    const mien_conv2d_options options = {
        .size = sizeof options,
        .filters = n->channels,
        .groups = roll(n, 3) ? 1 : n->channels,
        .kernel = {side, side},
        .padding = {pad, pad, pad, pad},
        .bias = roll(n, 2) != 0,
    };
    return twin_conv2d(&n->net, pick(n), name, &options);
}

static twin grow_pool(network *n) {
    const mien_pool2d_options options = {
        .size = sizeof options,
        .kernel = {3, 3},
        .stride = {1, 1},
        .padding = {1, 1, 1, 1},
        .count_padding = roll(n, 2) != 0,
    };
    return roll(n, 2) ? twin_max_pool2d(&n->net, pick(n), &options)
                      : twin_average_pool2d(&n->net, pick(n), &options);
}

static twin grow_pair(network *n) {
    twin a = pick(n), b = n->known[roll(n, n->count)];
    if (roll(n, 4) == 0) {
        // A gate per channel, bounded as everywhere it is used.
        twin gate = twin_global_average_pool(&n->net, b);
        return twin_multiply(&n->net, a, twin_unary(&n->net, gate, mien_sigmoid, naive_sigmoid));
    }
    return roll(n, 2) ? twin_add(&n->net, a, b) : twin_add(&n->net, b, a);
}

static twin grow_map(network *n) {
    switch (roll(n, 8)) {
    case 0:
    case 1:
    case 2:
        return grow_convolution(n);
    case 3:
        return grow_norm(n);
    case 4:
        return grow_pair(n);
    case 5:
        return grow_pool(n);
    default:
        return grow_unary(n);
    }
}

static twin grow_sequence(network *n) {
    char name[32];
    node_name(n, name);
    switch (roll(n, 8)) {
    case 0:
    case 1:
        return twin_linear(&n->net, pick(n), name, n->channels, roll(n, 2) != 0);
    case 2: {
        twin qkv = twin_linear(&n->net, pick(n), name, 3 * n->channels, true);
        return twin_attention(&n->net, qkv, n->channels % 4 ? 1 : 4);
    }
    case 3:
        return twin_position_embedding(&n->net, pick(n), name);
    case 4:
        return grow_norm(n);
    case 5:
        return grow_pair(n);
    default:
        return grow_unary(n);
    }
}

static void check_network(const char *kind, uint32_t number, bool sequence) {
    char label[32];
    snprintf(label, sizeof label, "%s %u", kind, number);
    network n = {.dice = {label, 0}};
    n.net = twin_open(1 + roll(&n, 3));
    n.channels = roll(&n, 2) ? 4 * (1 + roll(&n, 8)) : 1 + roll(&n, 40);
    const uint32_t height = 1 + roll(&n, 9), width = 1 + roll(&n, 9);
    twin x = twin_input(&n.net, height, width, n.channels);
    n.known[n.count++] = sequence ? twin_tokens(&n.net, x) : x;
    const uint32_t nodes = NODES_LEAST + roll(&n, NODES_MOST - NODES_LEAST + 1);
    while (n.count <= nodes) {
        n.known[n.count] = sequence ? grow_sequence(&n) : grow_map(&n);
        n.count++;
    }
    const mien_session_options options = {
        .size = sizeof options,
        .plan = roll(&n, 2) ? MIEN_PLAN_FAST : MIEN_PLAN_SMALL,
        .extra_output = roll(&n, 2) ? n.known[roll(&n, n.count)].node : 0,
    };
    twin_check(&n.net, n.known[n.count - 1], &options, 1 + roll(&n, 2), tolerance, label);
    twin_close(&n.net);
}

START_TEST(test_random_convolutional_network) {
    for (uint32_t i = 0; i < NETWORKS / 4; i++) {
        check_network("map", (uint32_t)_i * NETWORKS + i, false);
    }
}
END_TEST

START_TEST(test_random_sequence_network) {
    for (uint32_t i = 0; i < NETWORKS / 4; i++) {
        check_network("sequence", (uint32_t)_i * NETWORKS + i, true);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fusion");
    TCase *fused = tcase_create("patterns");
    const int count = sizeof patterns / sizeof *patterns;
    tcase_set_timeout(fused, 60);
    tcase_add_loop_test(fused, test_pattern_is_fused, 0, count);
    tcase_add_loop_test(fused, test_an_extra_output_is_kept_apart, 0, count);
    tcase_add_loop_test(fused, test_what_others_read_is_not_fused, 0, count);
    suite_add_tcase(suite, fused);
    TCase *random = tcase_create("random networks");
    tcase_set_timeout(random, 300);
    tcase_add_loop_test(random, test_random_convolutional_network, 0, 4);
    tcase_add_loop_test(random, test_random_sequence_network, 0, 4);
    suite_add_tcase(suite, random);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
