// SPDX-License-Identifier: Apache-2.0
// Layers of the trainer in small networks: what they compute against the naive references, their
// gradients against slopes of those references in double, and both against torch
// (tests/reference/train_layers.py, whose cases are the same).
#include "support/seeded.h"
#include "support/twin.h"
#include "tools/train/core/engine/network.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, SLOPES = 8 };

// Largest difference over the largest number of the tensor.
static const double value_tolerance = 5e-6, gradient_tolerance = 2e-5, torch_tolerance = 1e-5;

// Steps of a slope; its own error is about their square.
static const double nudge = 1e-4;

static twin linear_tokens(twin_net *net, uint32_t height, uint32_t width, uint32_t features) {
    twin x = twin_tokens(net, twin_input(net, height, width, 5));
    return twin_linear(net, x, "in", features, true);
}

static twin linear_vector(twin_net *net, uint32_t features) {
    twin x = twin_flatten(net, twin_input(net, 2, 3, 5), MIEN_FLATTEN_HWC);
    return twin_linear(net, x, "in", features, true);
}

/// Four times the numbers, so that they meet every branch of an activation.
static twin spread(twin_net *net, twin x) {
    x = twin_add(net, x, x);
    return twin_add(net, x, x);
}

static twin layer_norm_tokens(twin_net *net) {
    return twin_layer_norm(net, linear_tokens(net, 3, 2, 12), "op", 1e-6f);
}

static twin layer_norm_vector(twin_net *net) {
    return twin_layer_norm(net, linear_vector(net, 19), "op", 1e-5f);
}

static twin layer_norm_map(twin_net *net) {
    return twin_layer_norm(net, twin_input(net, 4, 3, 7), "op", 1e-6f);
}

static twin gelu(twin_net *net) {
    return twin_unary(net, spread(net, linear_tokens(net, 3, 3, 11)), mien_gelu, naive_gelu);
}

static twin sigmoid(twin_net *net) {
    return twin_unary(net, spread(net, linear_tokens(net, 3, 3, 11)), mien_sigmoid, naive_sigmoid);
}

static twin silu(twin_net *net) {
    return twin_unary(net, spread(net, linear_tokens(net, 3, 3, 11)), mien_silu, naive_silu);
}

static twin hard_swish(twin_net *net) {
    return twin_unary(net, spread(net, linear_tokens(net, 3, 3, 11)), mien_hard_swish,
                      naive_hard_swish);
}

static twin softmax_tokens(twin_net *net) {
    return twin_softmax(net, linear_tokens(net, 2, 3, 7));
}

static twin softmax_vector(twin_net *net) {
    return twin_softmax(net, linear_vector(net, 9));
}

static twin attention_one_head(twin_net *net) {
    return twin_attention(net, linear_tokens(net, 3, 3, 3 * 10), 1);
}

static twin attention_heads(twin_net *net) {
    return twin_attention(net, linear_tokens(net, 5, 3, 3 * 24), 3);
}

static twin attention_narrow_heads(twin_net *net) {
    return twin_attention(net, linear_tokens(net, 2, 2, 3 * 4), 4);
}

static twin class_token_alone(twin_net *net) {
    return twin_class_token(net, linear_tokens(net, 3, 2, 10), "cls");
}

static twin position_embedding_alone(twin_net *net) {
    return twin_position_embedding(net, linear_tokens(net, 3, 2, 10), "pos");
}

static twin select_first(twin_net *net) {
    return twin_select_token(net, linear_tokens(net, 3, 2, 10), 0);
}

static twin select_last(twin_net *net) {
    return twin_select_token(net, linear_tokens(net, 3, 2, 10), 5);
}

static twin flatten_chw(twin_net *net) {
    return twin_flatten(net, twin_layer_norm(net, twin_input(net, 4, 3, 7), "in", 1e-6f),
                        MIEN_FLATTEN_CHW);
}

/// Dropping nothing, each where it works in place and where it may not.
static twin nothing_dropped(twin_net *net) {
    twin x = twin_training_only(net, linear_tokens(net, 3, 2, 10), mien_dropout, 0);
    x = twin_unary(net, x, mien_gelu, naive_gelu);
    return twin_add(net, x, twin_training_only(net, x, mien_stochastic_depth, 0));
}

/// What two layers read: gradients add up, and nothing is overwritten that is read again.
static twin read_twice(twin_net *net) {
    twin x = linear_tokens(net, 3, 2, 10);
    twin y = twin_unary(net, x, mien_sigmoid, naive_sigmoid);
    twin z = twin_position_embedding(net, y, "pos");
    x = twin_add(net, twin_multiply(net, x, y), twin_softmax(net, z));
    return twin_add(net, x, twin_layer_norm(net, x, "norm", 1e-6f));
}

/// One block of a ViT, from tokens to logits.
static twin transformer(twin_net *net) {
    twin x = twin_class_token(net, linear_tokens(net, 4, 4, 12), "cls");
    x = twin_position_embedding(net, x, "pos");
    twin y = twin_linear(net, twin_layer_norm(net, x, "norm1", 1e-6f), "qkv", 36, true);
    y = twin_linear(net, twin_attention(net, y, 3), "proj", 12, true);
    x = twin_add(net, x, y);
    y = twin_linear(net, twin_layer_norm(net, x, "norm2", 1e-6f), "fc1", 24, true);
    y = twin_linear(net, twin_unary(net, y, mien_gelu, naive_gelu), "fc2", 12, true);
    x = twin_select_token(net, twin_add(net, x, y), 0);
    return twin_linear(net, twin_layer_norm(net, x, "norm", 1e-6f), "head", 4, true);
}

#define CASE(name) {#name, name}
static const struct layer_case {
    const char *name;
    twin (*declare)(twin_net *net);
} cases[] = {
    CASE(layer_norm_tokens), CASE(layer_norm_vector),
    CASE(layer_norm_map),    CASE(gelu),
    CASE(sigmoid),           CASE(silu),
    CASE(hard_swish),        CASE(softmax_tokens),
    CASE(softmax_vector),    CASE(attention_one_head),
    CASE(attention_heads),   CASE(attention_narrow_heads),
    CASE(class_token_alone), CASE(position_embedding_alone),
    CASE(select_first),      CASE(select_last),
    CASE(flatten_chw),       CASE(nothing_dropped),
    CASE(read_twice),        CASE(transformer),
};
enum { CASES = sizeof cases / sizeof *cases };

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

/// A case at work in the trainer: one step, whose loss is the logits weighed by a seeded stream.
struct work {
    twin_net net;
    twin last;
    mien_network *network;
    size_t logits; ///< of the batch
};

static double weight_of(size_t logit) {
    return seeded_value("gradient", logit);
}

static void take_pictures(struct work *work) {
    const size_t bytes = BATCH * naive_elements(work->net.nodes[0].value) * sizeof(float);
    memcpy(mien_network_input(work->network), work->net.pictures, bytes);
}

static void step(struct work *work) {
    mien_error error = MIEN_ERROR_INIT;
    take_pictures(work);
    SUCCEEDS(mien_network_forward(work->network, MIEN_MODE_TRAIN, 1, &error));
}

static void step_back(struct work *work) {
    mien_error error = MIEN_ERROR_INIT;
    for (size_t i = 0; i < work->logits; i++) {
        mien_network_logit_gradients(work->network)[i] = (float)weight_of(i);
    }
    SUCCEEDS(mien_network_backward(work->network, &error));
}

static struct work open_work(const struct layer_case *which) {
    struct work work = {.net = twin_open(BATCH)};
    mien_error error = MIEN_ERROR_INIT;
    size_t count;
    work.last = which->declare(&work.net);
    work.logits = BATCH * naive_elements(work.last.value);
    twin_finish(&work.net, work.last);
    const mien_network_options options = {.batch = BATCH, .threads = 2};
    SUCCEEDS(mien_network_create(work.net.graph, &options, &work.network, &error));
    mien_network_parameter *parameters = mien_network_parameters(work.network, &count);
    for (size_t i = 0; i < count; i++) {
        const mien_parameter parameter = {parameters[i].name, parameters[i].shape};
        seeded_parameter(&parameter, parameters[i].value, parameters[i].count, NULL);
    }
    return work;
}

static void close_work(struct work *work) {
    mien_network_free(work->network);
    twin_close(&work->net);
}

static void check_values(const struct work *work, const char *name, const char *mode) {
    const double wrong =
        twin_error(mien_network_logits(work->network), work->last.value->data, work->logits);
    ck_assert_msg(wrong <= value_tolerance, "%s, %s, differs by %.3g", name, mode, wrong);
}

/// The loss, in double, with one number of a parameter moved.
static double loss_of(const struct layer_case *which, const char *parameter, size_t index,
                      double by) {
    twin_net net = twin_open(BATCH);
    net.nudge = (twin_nudge){parameter, index, by};
    const naive *value = which->declare(&net).value;
    double loss = 0;
    for (size_t i = 0; i < BATCH * naive_elements(value); i++) {
        loss += (double)(float)weight_of(i) * value->data[i];
    }
    twin_close(&net);
    return loss;
}

static void check_slopes(const struct layer_case *which, const mien_network_parameter *parameter) {
    double largest = 1e-2, wrong = 0;
    for (size_t i = 0; i < parameter->count; i++) {
        largest = fmax(largest, fabs(parameter->gradient[i]));
    }
    const size_t steps = parameter->count < SLOPES ? parameter->count : SLOPES;
    for (size_t i = 0; i < steps; i++) {
        const size_t index = i * (parameter->count - 1) / (steps > 1 ? steps - 1 : 1);
        const double above = loss_of(which, parameter->name, index, nudge);
        const double below = loss_of(which, parameter->name, index, -nudge);
        const double slope = (above - below) / (2 * nudge);
        ck_assert(isfinite(parameter->gradient[index]));
        wrong = fmax(wrong, fabs(parameter->gradient[index] - slope) / largest);
    }
    ck_assert_msg(wrong <= gradient_tolerance, "%s: the gradient of %s differs by %.3g",
                  which->name, parameter->name, wrong);
}

static mien_weights *open_fixture(void) {
    char path[4096];
    mien_weights *fixture = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/tests/fixtures/reference/train_layers.safetensors",
             getenv("MIEN_SOURCE"));
    SUCCEEDS(mien_weights_open(path, NULL, &fixture, &error));
    return fixture;
}

/// Compares with the fixture's tensor "<case> <what>".
static void check_torch(const mien_weights *fixture, const char *which, const char *what,
                        const float *values, size_t count) {
    char name[256];
    snprintf(name, sizeof name, "%s %s", which, what);
    const mien_tensor *tensor = mien_weights_find(fixture, name);
    ck_assert_msg(tensor != NULL, "the fixture has no '%s': run tests/reference/train_layers.py",
                  name);
    ck_assert_uint_eq(tensor->bytes, count * sizeof(float));
    double *expected = malloc(count * sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < count; i++) {
        expected[i] = ((const float *)tensor->data)[i];
    }
    const double wrong = twin_error(values, expected, count);
    ck_assert_msg(wrong <= torch_tolerance, "%s differs from torch by %.3g", name, wrong);
    free(expected);
}

START_TEST(test_one_step) {
    struct work work = open_work(&cases[_i]);
    const char *name = cases[_i].name;
    mien_weights *fixture = open_fixture();
    mien_error error = MIEN_ERROR_INIT;
    size_t count;
    take_pictures(&work);
    SUCCEEDS(mien_network_forward(work.network, MIEN_MODE_EVALUATE, 1, &error));
    check_values(&work, name, "evaluated");
    step(&work);
    check_values(&work, name, "in training");
    check_torch(fixture, name, "logits", mien_network_logits(work.network), work.logits);
    step_back(&work);
    const mien_network_parameter *parameters = mien_network_parameters(work.network, &count);
    for (size_t i = 0; i < count; i++) {
        check_slopes(&cases[_i], &parameters[i]);
        check_torch(fixture, name, parameters[i].name, parameters[i].gradient, parameters[i].count);
    }
    mien_weights_close(fixture);
    close_work(&work);
}
END_TEST

/// A copy of all gradients; free() it.
static float *gradients_of(const struct work *work, size_t *count) {
    mien_network_values(work->network, count);
    float *copy = malloc(*count * sizeof *copy);
    ck_assert_ptr_nonnull(copy);
    return memcpy(copy, mien_network_gradients(work->network), *count * sizeof *copy);
}

/// The same step gives the same bits; and each parameter's gradient is what it is when all the
/// others are frozen.
START_TEST(test_more_steps) {
    struct work work = open_work(&cases[_i]);
    mien_error error = MIEN_ERROR_INIT;
    size_t count, numbers;
    mien_network_parameter *parameters = mien_network_parameters(work.network, &count);
    step(&work);
    step_back(&work);
    float *all = gradients_of(&work, &numbers);
    for (int again = 0; again < 3; again++) {
        step(&work);
        step_back(&work);
        ck_assert_mem_eq(all, mien_network_gradients(work.network), numbers * sizeof *all);
    }
    for (size_t learning = 0; learning < count; learning++) {
        for (size_t i = 0; i < count; i++) {
            parameters[i].frozen = i != learning;
        }
        SUCCEEDS(mien_network_freeze(work.network, &error));
        step(&work);
        step_back(&work);
        const mien_network_parameter *it = &parameters[learning];
        ck_assert_mem_eq(it->gradient, all + (it->gradient - mien_network_gradients(work.network)),
                         it->count * sizeof *all);
    }
    free(all);
    close_work(&work);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("layers' gradients");
    TCase *tests = tcase_create("cases");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_one_step, 0, CASES);
    tcase_add_loop_test(tests, test_more_steps, 0, CASES);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
