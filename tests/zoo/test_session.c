// SPDX-License-Identifier: Apache-2.0
// Sessions and contexts: batches, threads, extra outputs, profiles, and what they refuse.
#include "support/everything.h"
#include "support/folder.h"
#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

enum { BATCH = 8, PICTURE = EVERYTHING_SIDE * EVERYTHING_SIDE * EVERYTHING_CHANNELS };

static mien_session *session_of(const mien_graph *graph, const mien_session_options *options) {
    mien_session *session = NULL;
    mien_error error = MIEN_ERROR_INIT;
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    SUCCEEDS(mien_session_create(graph, weights.weights, options, &session, &error));
    memory_weights_free(&weights);
    return session;
}

static mien_context *context_of(mien_session *session, uint32_t threads) {
    mien_context *context = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_context_create(session, threads, &context, &error));
    return context;
}

// Every operator, its session, BATCH pictures and their logits, each picture alone.
static mien_graph *graph;
static mien_session *session;
static float *pictures;
static float expected[BATCH][EVERYTHING_CLASSES];

static void set_up(void) {
    graph = everything_graph();
    session = session_of(graph, NULL);
    pictures = seeded_pictures(BATCH, EVERYTHING_SIDE, EVERYTHING_SIDE, EVERYTHING_CHANNELS);
    mien_context *context = context_of(session, 1);
    for (size_t i = 0; i < BATCH; i++) {
        mien_error error = MIEN_ERROR_INIT;
        SUCCEEDS(mien_context_run(context, pictures + i * PICTURE, 1, expected[i], &error));
    }
    mien_context_free(context);
}

static void tear_down(void) {
    free(pictures);
    mien_session_free(session);
    mien_graph_free(graph);
}

/// The first `batch` pictures have the logits they had alone, to the bit.
static void check_run(mien_context *context, size_t batch) {
    float logits[BATCH][EVERYTHING_CLASSES];
    mien_error error = MIEN_ERROR_INIT;
    memset(logits, 0xff, sizeof logits);
    SUCCEEDS(mien_context_run(context, pictures, batch, logits[0], &error));
    ck_assert_msg(memcmp(logits, expected, batch * sizeof *logits) == 0,
                  "batch %zu: other logits than one by one", batch);
    for (size_t i = batch; i < BATCH; i++) {
        ck_assert_msg(isnan(logits[i][0]), "batch %zu: logits are written beyond it", batch);
    }
}

// --- Numbers -------------------------------------------------------------------------------------

START_TEST(test_the_network_has_every_operator) {
    static const char *const operators[] = {"input",
                                            "conv2d",
                                            "linear",
                                            "batch_norm",
                                            "layer_norm",
                                            "add",
                                            "multiply",
                                            "relu",
                                            "clamp",
                                            "gelu",
                                            "sigmoid",
                                            "silu",
                                            "hard_swish",
                                            "max_pool2d",
                                            "average_pool2d",
                                            "pad",
                                            "flatten",
                                            "tokens",
                                            "attention",
                                            "position_embedding",
                                            "select_token",
                                            "dropout",
                                            "class_token",
                                            "softmax",
                                            "stochastic_depth",
                                            "global_average_pool"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        bool found = false;
        for (uint32_t node = 0; node < mien_graph_node_count(graph); node++) {
            mien_node_info info = {.size = sizeof info};
            mien_graph_node_info(graph, (mien_node)node, &info);
            found = found || strcmp(info.operator_name, operators[i]) == 0;
        }
        ck_assert_msg(found, "%s is not in it", operators[i]);
    }
}
END_TEST

START_TEST(test_every_operator_together_and_an_extra_output) {
    for (uint32_t threads = 1; threads <= 3; threads++) {
        for (mien_plan plan = MIEN_PLAN_FAST; plan <= MIEN_PLAN_SMALL; plan++) {
            twin inner;
            twin_net net = twin_open(3);
            const twin logits = everything_declare(&net, &inner);
            twin_check(&net, logits, MIEN_SESSION_OPTIONS(.plan = plan, .extra_output = inner.node),
                       threads, 2e-5, "every operator");
            twin_close(&net);
        }
    }
}
END_TEST

START_TEST(test_batches_may_change) {
    static const size_t batches[] = {1, 8, 3, 1, 7, 8, 2};
    for (uint32_t threads = 1; threads <= 3; threads++) {
        mien_context *context = context_of(session, threads);
        for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
            check_run(context, batches[i]);
            check_run(context, batches[i]);
        }
        mien_context_free(context);
    }
}
END_TEST

START_TEST(test_input_of_any_alignment) {
    char *bytes = malloc(BATCH * PICTURE * sizeof *pictures + 1);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes + 1, pictures, BATCH * PICTURE * sizeof *pictures);
    float logits[BATCH][EVERYTHING_CLASSES];
    mien_error error = MIEN_ERROR_INIT;
    mien_context *context = context_of(session, 1);
    SUCCEEDS(
        mien_context_run(context, (const float *)(void *)(bytes + 1), BATCH, logits[0], &error));
    ck_assert_mem_eq(logits, expected, sizeof logits);
    mien_context_free(context);
    free(bytes);
}
END_TEST

struct runner {
    pthread_t thread;
    pthread_barrier_t *start;
    uint32_t pool;
    bool equal;
};

// Makes its own context while others do, too, and runs it against theirs.
static void *run_often(void *user) {
    struct runner *const runner = user;
    mien_context *context = NULL;
    runner->equal = true;
    pthread_barrier_wait(runner->start);
    runner->equal = mien_context_create(session, runner->pool, &context, NULL) == MIEN_OK;
    for (size_t i = 0; i < 30 && runner->equal; i++) {
        float logits[BATCH][EVERYTHING_CLASSES];
        const size_t batch = 1 + i % BATCH;
        runner->equal = mien_context_run(context, pictures, batch, logits[0], NULL) == MIEN_OK &&
                        memcmp(logits, expected, batch * sizeof *logits) == 0;
    }
    mien_context_free(context);
    return NULL;
}

START_TEST(test_threads_share_a_session) {
    enum { RUNNERS = 3 };
    struct runner runners[RUNNERS];
    pthread_barrier_t start;
    ck_assert_int_eq(pthread_barrier_init(&start, NULL, RUNNERS), 0);
    for (uint32_t i = 0; i < RUNNERS; i++) {
        runners[i] = (struct runner){.start = &start, .pool = 1 + i / 2};
        ck_assert_int_eq(pthread_create(&runners[i].thread, NULL, run_often, &runners[i]), 0);
    }
    for (size_t i = 0; i < RUNNERS; i++) {
        pthread_join(runners[i].thread, NULL);
        ck_assert_msg(runners[i].equal, "thread %zu failed, or had other bits", i);
    }
    pthread_barrier_destroy(&start);
}
END_TEST

START_TEST(test_weights_of_half_precision) {
    char *folder = make_folder(), path[4096];
    const uint32_t count = mien_graph_parameter_count(graph);
    mien_named_tensor *halves = calloc(count, sizeof *halves);
    mien_named_tensor *floats = calloc(count, sizeof *floats);
    ck_assert(halves && floats);
    for (uint32_t i = 0; i < count; i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        size_t elements;
        ck_assert(mien_shape_elements(&parameter.shape, &elements));
        float *const wide = malloc(elements * sizeof *wide);
        uint16_t *const narrow = malloc(elements * sizeof *narrow);
        ck_assert(wide && narrow);
        seeded_parameter(&parameter, wide, elements, NULL);
        mien_f32_to_f16(wide, narrow, elements);
        mien_f16_to_f32(narrow, wide, elements);
        halves[i] = (mien_named_tensor){
            parameter.name, {MIEN_F16, parameter.shape, narrow, elements * sizeof *narrow}};
        floats[i] = (mien_named_tensor){parameter.name,
                                        {MIEN_F32, parameter.shape, wide, elements * sizeof *wide}};
    }
    float logits[2][EVERYTHING_CLASSES];
    snprintf(path, sizeof path, "%s/weights.safetensors", folder);
    for (int i = 0; i < 2; i++) {
        mien_error error = MIEN_ERROR_INIT;
        mien_weights *weights = NULL;
        mien_session *own = NULL;
        SUCCEEDS(mien_weights_write(path, i ? halves : floats, count, NULL, &error));
        SUCCEEDS(mien_weights_open(path, NULL, &weights, &error));
        SUCCEEDS(mien_session_create(graph, weights, NULL, &own, &error));
        mien_weights_close(weights);
        mien_context *context = context_of(own, 1);
        SUCCEEDS(mien_context_run(context, pictures, 1, logits[i], &error));
        mien_context_free(context);
        mien_session_free(own);
    }
    ck_assert_mem_eq(logits[0], logits[1], sizeof *logits);
    for (uint32_t i = 0; i < count; i++) {
        free((void *)halves[i].tensor.data);
        free((void *)floats[i].tensor.data);
    }
    free(halves);
    free(floats);
    remove_folder(folder);
}
END_TEST

START_TEST(test_weights_may_go_once_the_session_is_made) {
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    const size_t bytes = mien_weights_bytes(weights.weights);
    mien_session *own = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_session_create(graph, weights.weights, NULL, &own, &error));
    mien_weights_close(weights.weights);
    memset(weights.bytes, 0xff, bytes); // whoever still reads it reads no numbers
    mien_context *context = context_of(own, 2);
    check_run(context, BATCH);
    mien_context_free(context);
    mien_session_free(own);
    free(weights.bytes);
}
END_TEST

// --- Profiles ------------------------------------------------------------------------------------

START_TEST(test_a_profile_has_a_row_for_each_step) {
    mien_context *context = context_of(session, 1 + (uint32_t)_i);
    const uint32_t count = mien_context_step_count(context);
    mien_step_profile *const steps = calloc(count, sizeof *steps);
    ck_assert_ptr_nonnull(steps);
    for (size_t batch = 1; batch <= 5; batch += 2) {
        mien_error error = MIEN_ERROR_INIT;
        SUCCEEDS(mien_context_profile(context, pictures, batch, 3, steps, sizeof *steps, &error));
        uint64_t multiply_adds = 0;
        for (uint32_t i = 0; i < count; i++) {
            ck_assert_int_gt(steps[i].node, 0);
            ck_assert_uint_lt((uint32_t)steps[i].node, mien_graph_node_count(graph));
            ck_assert_ptr_nonnull(steps[i].algorithm);
            ck_assert_uint_gt(strlen(steps[i].algorithm), 1);
            ck_assert(steps[i].milliseconds >= 0);
            // It reads a number and writes a number, for every picture.
            ck_assert_uint_ge(steps[i].bytes, 2 * batch * sizeof(float));
            multiply_adds += steps[i].multiply_adds;
        }
        ck_assert_uint_eq(multiply_adds, batch * mien_graph_cost(graph).multiply_adds);
        check_run(context, batch);
    }
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_context_profile(context, pictures, 1, 0, steps, sizeof *steps, &error),
                     MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "0 repetitions"));
    free(steps);
    mien_context_free(context);
}
END_TEST

START_TEST(test_a_profile_for_an_older_caller) {
    struct older {
        mien_node node;
        const char *algorithm;
    };
    mien_context *context = context_of(session, 1);
    const uint32_t count = mien_context_step_count(context);
    // Exactly as much as it knows, so that a sanitizer sees writes beyond.
    struct older *const steps = malloc(count * sizeof *steps);
    ck_assert_ptr_nonnull(steps);
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_context_profile(context, pictures, 1, 1, (mien_step_profile *)(void *)steps,
                                  sizeof *steps, &error));
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_uint_gt(strlen(steps[i].algorithm), 1);
    }
    free(steps);
    mien_context_free(context);
}
END_TEST

// --- Refusals ------------------------------------------------------------------------------------

static void check_refused(mien_status status, const mien_error *error, const char *part) {
    ck_assert_int_eq(status, MIEN_INVALID_ARGUMENT);
    ck_assert_msg(strstr(error->message, part), "'%s' lacks '%s'", error->message, part);
}

START_TEST(test_batches_that_cannot_be) {
    mien_context *context = context_of(session, 1);
    mien_error error = MIEN_ERROR_INIT;
    float logits[EVERYTHING_CLASSES];
    check_run(context, 2);
    check_refused(mien_context_run(context, pictures, 0, logits, &error), &error,
                  "a batch of 0; it must be 1 to 1048576");
    check_refused(mien_context_run(context, pictures, (1 << 20) + 1, logits, &error), &error,
                  "a batch of 1048577");
    check_refused(mien_context_reserve(context, SIZE_MAX, &error), &error, "it must be 1 to");
    check_run(context, 2);
    mien_context_free(context);
}
END_TEST

START_TEST(test_a_batch_beyond_all_addresses) {
    mien_graph *large = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_graph_create(&large, &error));
    mien_node x = mien_input(large, 1 << 12, 1 << 12, 4);
    x = mien_flatten(large, mien_sigmoid(large, x), MIEN_FLATTEN_HWC);
    SUCCEEDS(mien_graph_finish(large, x, &error));
    mien_session *own = session_of(large, NULL);
    mien_context *context = context_of(own, 1);
    // 2²⁰ pictures of 2²⁶ numbers of 2² bytes; no processor of today addresses 2⁴⁸.
    const mien_status status = mien_context_reserve(context, 1 << 20, &error);
    ck_assert_msg(status == MIEN_OUT_OF_MEMORY || status == MIEN_INVALID_ARGUMENT, "%s",
                  error.message);
    ck_assert_ptr_null(mien_context_activation(context));
    SUCCEEDS(mien_context_reserve(context, 1, &error));
    mien_context_free(context);
    mien_session_free(own);
    mien_graph_free(large);
}
END_TEST

START_TEST(test_sessions_that_cannot_be) {
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    mien_session *none = NULL;
    mien_error error = MIEN_ERROR_INIT;
    static const mien_node beyond[] = {9999, -1, INT32_MIN};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        check_refused(mien_session_create(graph, weights.weights,
                                          MIEN_SESSION_OPTIONS(.extra_output = beyond[i]), &none,
                                          &error),
                      &error, "the extra output is not a node of the graph");
    }
    mien_graph *open = NULL;
    SUCCEEDS(mien_graph_create(&open, &error));
    mien_input(open, 2, 2, 1);
    check_refused(mien_session_create(open, weights.weights, NULL, &none, &error), &error,
                  "the graph is not finished");
    SUCCEEDS(mien_graph_finish(open, mien_flatten(open, 0, MIEN_FLATTEN_HWC), &error));
    ck_assert_int_eq(mien_session_create(open, weights.weights, NULL, &none, &error),
                     MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "the weights do not fit the network"));
    ck_assert_ptr_null(none);
    mien_graph_free(open);
    memory_weights_free(&weights);
    mien_session_free(NULL);
}
END_TEST

START_TEST(test_contexts_that_cannot_be) {
    mien_context *none = NULL;
    mien_error error = MIEN_ERROR_INIT;
    check_refused(mien_context_create(session, 0, &none, &error), &error,
                  "0 threads; it must be 1 to 1024");
    check_refused(mien_context_create(session, 1025, &none, &error), &error, "1025 threads");
    ck_assert_ptr_null(none);
    mien_context_free(NULL);
}
END_TEST

START_TEST(test_options_of_an_older_caller) {
    // The struct as far as `plan`; what follows is garbage that must not be read.
    mien_session_options options;
    memset(&options, 0xff, sizeof options);
    options.size = offsetof(mien_session_options, extra_output);
    options.plan = MIEN_PLAN_FAST;
    mien_session *own = session_of(graph, &options);
    mien_context *context = context_of(own, 1);
    check_run(context, 3);
    ck_assert_ptr_null(mien_context_activation(context));
    mien_context_free(context);
    mien_session_free(own);
}
END_TEST

// --- Odd graphs ----------------------------------------------------------------------------------

START_TEST(test_an_extra_output_before_and_after_a_run) {
    mien_node_info info = {.size = sizeof info};
    const mien_node flat = mien_graph_find(graph, "flat");
    mien_graph_node_info(graph, flat, &info);
    mien_session *own = session_of(graph, MIEN_SESSION_OPTIONS(.extra_output = flat));
    mien_context *context = context_of(own, 1);
    ck_assert_ptr_null(mien_context_activation(context));
    check_run(context, 4);
    const float *activation = mien_context_activation(context);
    ck_assert_ptr_nonnull(activation);
    float kept[24];
    ck_assert_uint_eq(info.shape.dim[0], 24);
    memcpy(kept, activation, sizeof kept);
    check_run(context, 1);
    ck_assert_mem_eq(mien_context_activation(context), kept, sizeof kept); // the first picture's
    mien_context_free(context);
    mien_session_free(own);
}
END_TEST

START_TEST(test_a_graph_without_steps) {
    mien_graph *bare = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_graph_create(&bare, &error));
    SUCCEEDS(mien_graph_finish(
        bare, mien_flatten(bare, mien_input(bare, 1, 2, 2), MIEN_FLATTEN_HWC), &error));
    mien_session *own = session_of(bare, NULL);
    mien_context *context = context_of(own, 2);
    const float input[] = {1, 2, 3, 4, 5, 6, 7, 8};
    float logits[8];
    SUCCEEDS(mien_context_run(context, input, 2, logits, &error));
    ck_assert_mem_eq(logits, input, sizeof input);
    ck_assert_uint_eq(mien_context_step_count(context), 0);
    mien_step_profile none;
    SUCCEEDS(mien_context_profile(context, input, 2, 1, &none, sizeof none, &error));
    mien_context_free(context);
    mien_session_free(own);
    mien_graph_free(bare);
}
END_TEST

START_TEST(test_a_graph_as_deep_as_allowed) {
    mien_graph *deep = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_graph_create(&deep, &error));
    mien_node x = mien_flatten(deep, mien_input(deep, 1, 1, 3), MIEN_FLATTEN_HWC), last = x;
    for (; x != MIEN_NO_NODE; x = mien_gelu(deep, x)) {
        last = x;
    }
    // The runaway was stopped; the same again, one node less.
    const uint32_t most = mien_graph_node_count(deep);
    ck_assert_int_eq((uint32_t)last, most - 1);
    mien_graph_free(deep);
    SUCCEEDS(mien_graph_create(&deep, &error));
    x = mien_flatten(deep, mien_input(deep, 1, 1, 3), MIEN_FLATTEN_HWC);
    while (mien_graph_node_count(deep) < most) {
        x = mien_gelu(deep, x);
    }
    SUCCEEDS(mien_graph_finish(deep, x, &error));
    mien_session *own = session_of(deep, NULL);
    mien_context *context = context_of(own, 1);
    const float input[] = {-1, 0, 1};
    float logits[3];
    SUCCEEDS(mien_context_run(context, input, 1, logits, &error));
    ck_assert(fabsf(logits[1]) < 1e-6f);
    mien_context_free(context);
    mien_session_free(own);
    mien_graph_free(deep);
}
END_TEST

static Suite *suite(void) {
    Suite *sessions = suite_create("session");
    TCase *running = tcase_create("running");
    tcase_add_checked_fixture(running, set_up, tear_down);
    tcase_set_timeout(running, 120);
    tcase_add_test(running, test_the_network_has_every_operator);
    tcase_add_test(running, test_every_operator_together_and_an_extra_output);
    tcase_add_test(running, test_batches_may_change);
    tcase_add_test(running, test_input_of_any_alignment);
    tcase_add_test(running, test_threads_share_a_session);
    tcase_add_test(running, test_weights_of_half_precision);
    tcase_add_test(running, test_weights_may_go_once_the_session_is_made);
    tcase_add_test(running, test_an_extra_output_before_and_after_a_run);
    tcase_add_loop_test(running, test_a_profile_has_a_row_for_each_step, 0, 2);
    tcase_add_test(running, test_a_profile_for_an_older_caller);
    tcase_add_test(running, test_batches_that_cannot_be);
    tcase_add_test(running, test_sessions_that_cannot_be);
    tcase_add_test(running, test_contexts_that_cannot_be);
    tcase_add_test(running, test_options_of_an_older_caller);
    suite_add_tcase(sessions, running);
    TCase *odd = tcase_create("odd graphs");
    tcase_set_timeout(odd, 120);
    tcase_add_test(odd, test_a_batch_beyond_all_addresses);
    tcase_add_test(odd, test_a_graph_without_steps);
    tcase_add_test(odd, test_a_graph_as_deep_as_allowed);
    suite_add_tcase(sessions, odd);
    return sessions;
}

int main(void) {
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
