// SPDX-License-Identifier: Apache-2.0
// Optimizers, averages, rates and schedules against torch and against values worked by hand.
#include "mien/weights.h"
#include "support/seeded.h"
#include "tools/train/core/optimizer/optimizer.h"
#include "tools/train/core/optimizer/rates.h"
#include "tools/train/core/optimizer/schedule.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 5, PARAMETERS = 4, VALUES = 6 * 4 + 4 + 4 * 3 + 3 };

static mien_graph *graph;
static mien_network *network;

/// Two linear layers; only their parameters matter here.
static void set_up(void) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_create(&graph, &error), MIEN_OK);
    mien_node x = mien_flatten(graph, mien_input(graph, 1, 2, 3), MIEN_FLATTEN_HWC);
    x = mien_linear(graph, x, "dense", MIEN_LINEAR(.features = 4, .bias = true));
    x = mien_linear(graph, x, "head", MIEN_LINEAR(.features = 3, .bias = true));
    ck_assert_msg(mien_graph_finish(graph, x, &error) == MIEN_OK, "%s", error.message);
    const mien_network_options options = {.batch = 1, .threads = 1};
    ck_assert_msg(mien_network_create(graph, &options, &network, &error) == MIEN_OK, "%s",
                  error.message);
    size_t count;
    mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    ck_assert_uint_eq(count, PARAMETERS);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < parameters[i].count; k++) {
            parameters[i].value[k] = (float)seeded_value(parameters[i].name, k);
        }
    }
}

static void tear_down(void) {
    mien_network_free(network);
    mien_graph_free(graph);
}

static mien_optimizer *create(mien_optimizer_options options) {
    mien_optimizer *optimizer = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_optimizer_create(network, &options, &optimizer, &error), MIEN_OK);
    return optimizer;
}

static void seed_gradients(int step) {
    size_t count;
    mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s %d", parameters[i].name, step);
        for (size_t k = 0; k < parameters[i].count; k++) {
            parameters[i].gradient[k] = (float)seeded_value(name, k);
        }
    }
}

static void set_gradients(float value) {
    size_t count;
    mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < parameters[i].count; k++) {
            parameters[i].gradient[k] = value;
        }
    }
}

static float *parameter(const char *name) {
    size_t count;
    mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    size_t i = 0;
    while (strcmp(parameters[i].name, name) != 0) {
        i++;
        ck_assert_uint_lt(i, count);
    }
    return parameters[i].value;
}

static const struct {
    const char *name;
    double rate;
    mien_optimizer_options options;
} cases[] = {
    {"sgd", 0.1, {.rule = MIEN_OPTIMIZER_SGD, .momentum = 0.9}},
    {"nesterov",
     0.05,
     {.rule = MIEN_OPTIMIZER_SGD, .momentum = 0.8, .nesterov = true, .weight_decay = 0.02}},
    {"plain", 0.1, {.rule = MIEN_OPTIMIZER_SGD}},
    {"adamw",
     0.01,
     {.rule = MIEN_OPTIMIZER_ADAMW,
      .beta1 = 0.9,
      .beta2 = 0.99,
      .epsilon = 1e-6,
      .weight_decay = 0.1}},
    {"clipped", 0.1, {.rule = MIEN_OPTIMIZER_SGD, .momentum = 0.9, .nesterov = true, .clip = 0.5}},
};

/// torch sums in another order, and adds 1e-6 to the norm it clips by: 2e-6 is a few roundings.
START_TEST(steps_are_torchs) {
    char path[4096];
    mien_weights *weights = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/tests/fixtures/reference/optimizers.safetensors",
             getenv("MIEN_SOURCE"));
    ck_assert_msg(mien_weights_open(path, NULL, &weights, &error) == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(mien_weights_count(weights), sizeof cases / sizeof *cases);
    const mien_tensor *const expected = mien_weights_find(weights, cases[_i].name);
    ck_assert_ptr_nonnull(expected);
    ck_assert_uint_eq(expected->bytes, VALUES * sizeof(float));
    mien_optimizer *const optimizer = create(cases[_i].options);
    for (int step = 0; step < STEPS; step++) {
        seed_gradients(step);
        ck_assert(isfinite(mien_optimizer_step(optimizer, cases[_i].rate)));
    }
    ck_assert_uint_eq(*mien_optimizer_steps(optimizer), STEPS);
    static const char *const order[] = {"dense.weight", "dense.bias", "head.weight", "head.bias"};
    static const size_t counts[] = {24, 4, 12, 3};
    const float *wanted = expected->data;
    for (size_t i = 0; i < PARAMETERS; i++) {
        const float *const values = parameter(order[i]);
        for (size_t k = 0; k < counts[i]; k++) {
            ck_assert_float_eq_tol(values[k], *wanted, 2e-6f);
            wanted++;
        }
    }
    mien_optimizer_free(optimizer);
    mien_weights_close(weights);
}
END_TEST

START_TEST(a_norm_that_is_not_finite_changes_nothing) {
    mien_optimizer *const optimizer = create(
        (mien_optimizer_options){.rule = MIEN_OPTIMIZER_SGD, .momentum = 0.9, .average = 0.9});
    const float before = parameter("head.bias")[0];
    set_gradients(NAN);
    ck_assert(isnan(mien_optimizer_step(optimizer, 0.1)));
    ck_assert_float_eq(parameter("head.bias")[0], before);
    ck_assert_uint_eq(*mien_optimizer_steps(optimizer), 0);
    set_gradients(0);
    ck_assert_double_eq(mien_optimizer_step(optimizer, 0.1), 0);
    ck_assert_float_eq(parameter("head.bias")[0], before);
    mien_optimizer_free(optimizer);
}
END_TEST

/// The norm of VALUES twos is 2·√VALUES, and what is frozen or has no rate is not in it.
START_TEST(the_norm_is_of_what_learns) {
    const double scales[PARAMETERS] = {1, 1, 1, 1};
    size_t count;
    mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    mien_optimizer *optimizer =
        create((mien_optimizer_options){.rule = MIEN_OPTIMIZER_SGD, .scales = scales});
    set_gradients(2);
    ck_assert_double_eq_tol(mien_optimizer_step(optimizer, 0.1), 2 * sqrt(VALUES), 1e-9);
    const float before = parameters[0].value[0];
    parameters[0].frozen = true;
    const double rest = 2 * sqrt((double)(VALUES - parameters[0].count));
    ck_assert_double_eq_tol(mien_optimizer_step(optimizer, 0.1), rest, 1e-9);
    ck_assert_float_eq(parameters[0].value[0], before);
    mien_optimizer_free(optimizer);
}
END_TEST

/// After the first step the decay is 2/11: the average is 2/11 of the old value and 9/11 of the
/// new.
START_TEST(the_average_starts_small_and_is_exchanged) {
    mien_optimizer *const optimizer =
        create((mien_optimizer_options){.rule = MIEN_OPTIMIZER_SGD, .average = 0.99});
    float *const value = parameter("head.bias");
    value[0] = 1;
    mien_optimizer_swap_average(optimizer); // none yet
    ck_assert_float_eq(value[0], 1);
    set_gradients(1);
    mien_optimizer_step(optimizer, 0.5);
    ck_assert_float_eq_tol(value[0], 0.5f, 1e-6f);
    mien_optimizer_swap_average(optimizer);
    ck_assert_float_eq_tol(value[0], 1 - 0.5f * 9 / 11, 1e-6f);
    mien_optimizer_swap_average(optimizer);
    ck_assert_float_eq_tol(value[0], 0.5f, 1e-6f);
    mien_optimizer_free(optimizer);
}
END_TEST

START_TEST(buffers_are_named_and_whole) {
    mien_optimizer_buffer buffers[4];
    mien_optimizer *const adam =
        create((mien_optimizer_options){.rule = MIEN_OPTIMIZER_ADAMW, .average = 0.9});
    ck_assert_uint_eq(mien_optimizer_buffers(adam, buffers), 3);
    ck_assert_str_eq(buffers[0].name, "mean");
    ck_assert_str_eq(buffers[1].name, "square");
    ck_assert_str_eq(buffers[2].name, "average");
    ck_assert_uint_eq(buffers[2].count, VALUES);
    mien_optimizer_free(adam);
    mien_optimizer *const sgd = create((mien_optimizer_options){.rule = MIEN_OPTIMIZER_SGD});
    ck_assert_uint_eq(mien_optimizer_buffers(sgd, buffers), 1);
    ck_assert_str_eq(buffers[0].name, "momentum");
    mien_optimizer_free(sgd);
}
END_TEST

START_TEST(rates_rise_with_depth) {
    double scales[PARAMETERS];
    size_t count;
    const mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    mien_rates_scale(network, 0.25, 2.5, scales);
    for (size_t i = 0; i < count; i++) { // one layer before the head: it is the last of them, too
        const bool head = strncmp(parameters[i].name, "head", 4) == 0;
        ck_assert_double_eq(scales[i], head ? 2.5 : 1);
    }
    mien_optimizer *const optimizer =
        create((mien_optimizer_options){.rule = MIEN_OPTIMIZER_SGD, .scales = scales});
    const float dense = parameter("dense.bias")[0], head = parameter("head.bias")[0];
    set_gradients(1);
    mien_optimizer_step(optimizer, 0.1);
    ck_assert_float_eq_tol(parameter("dense.bias")[0], dense - 0.1f, 1e-6f);
    ck_assert_float_eq_tol(parameter("head.bias")[0], head - 0.25f, 1e-6f);
    mien_optimizer_free(optimizer);
}
END_TEST

static void expect_rate(const mien_schedule *schedule, uint64_t step, double rate) {
    ck_assert_double_eq_tol(mien_schedule_rate(schedule, step), rate, 1e-12);
}

START_TEST(warm_up_and_cosine) {
    const mien_schedule schedule = {.kind = MIEN_SCHEDULE_COSINE,
                                    .rate = 2,
                                    .steps = 14,
                                    .epoch_steps = 7,
                                    .warmup_steps = 4,
                                    .final = 0.1};
    expect_rate(&schedule, 0, 0.5);
    expect_rate(&schedule, 3, 2);
    expect_rate(&schedule, 4, 2);
    expect_rate(&schedule, 9, 2 * 0.55); // half way
    expect_rate(&schedule, 14, 2 * 0.1);
    expect_rate(&schedule, 100, 2 * 0.1);
}
END_TEST

START_TEST(steps_and_constants) {
    mien_schedule schedule = {.kind = MIEN_SCHEDULE_STEP,
                              .rate = 1,
                              .steps = 100,
                              .epoch_steps = 10,
                              .step_epochs = 3,
                              .step_factor = 0.1};
    expect_rate(&schedule, 29, 1);
    expect_rate(&schedule, 30, 0.1);
    expect_rate(&schedule, 60, 0.01);
    schedule.kind = MIEN_SCHEDULE_CONSTANT;
    expect_rate(&schedule, 99, 1);
}
END_TEST

START_TEST(a_plateau_lowers_the_rate) {
    mien_schedule schedule = {.kind = MIEN_SCHEDULE_PLATEAU,
                              .rate = 1,
                              .steps = 100,
                              .epoch_steps = 10,
                              .patience = 2,
                              .factor = 0.5};
    static const double losses[] = {1, 0.8, 0.9, 0.85, 0.7, 0.7, 0.7};
    static const double rates[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        mien_schedule_epoch(&schedule, losses[i]);
        expect_rate(&schedule, 50, rates[i]);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *const optimizer = suite_create("optimizer");
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, steps_are_torchs, 0, sizeof cases / sizeof *cases);
    tcase_add_test(all, a_norm_that_is_not_finite_changes_nothing);
    tcase_add_test(all, the_norm_is_of_what_learns);
    tcase_add_test(all, the_average_starts_small_and_is_exchanged);
    tcase_add_test(all, buffers_are_named_and_whole);
    tcase_add_test(all, rates_rise_with_depth);
    tcase_add_test(all, warm_up_and_cosine);
    tcase_add_test(all, steps_and_constants);
    tcase_add_test(all, a_plateau_lowers_the_rate);
    suite_add_tcase(optimizer, all);
    return optimizer;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
