// SPDX-License-Identifier: Apache-2.0
// Whatever allocation fails, graphs, sessions, contexts and runs succeed or say that memory ran
// out, leave nothing behind, and work the next time.
#include "support/everything.h"
#include "support/seeded.h"
#include "support/torture.h"

#include "mien/gradient.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 2, LARGE = 1600 };

// Made beforehand, by the tests' own code, which does not survive what is done here.
static mien_graph *graph;
static struct memory_weights weights;
static float *pictures;
static float expected[BATCH * EVERYTHING_CLASSES];
static mien_graph *large_graph;
static struct memory_weights large_weights;
static float large_input[LARGE];

/// One thing to do under torture. What it makes it frees.
typedef mien_status deed(mien_error *error);

// --- Deeds ---------------------------------------------------------------------------------------

/// Runs at one batch and at a larger one; whatever succeeds although memory ran out is right.
static mien_status run(mien_context *context, mien_error *error) {
    float logits[BATCH * EVERYTHING_CLASSES];
    mien_step_profile *steps = NULL;
    mien_status status = mien_context_reserve(context, 1, error);
    if (status == MIEN_OK) {
        status = mien_context_run(context, pictures, BATCH, logits, error);
    }
    for (size_t i = 0; i < sizeof logits / sizeof *logits && status == MIEN_OK; i++) {
        if (!(fabsf(logits[i] - expected[i]) < 1e-4f)) {
            status = mien_fail(error, MIEN_INTERNAL, "%g instead of %g", (double)logits[i],
                               (double)expected[i]);
        }
    }
    if (status == MIEN_OK) {
        steps = calloc(mien_context_step_count(context), sizeof *steps);
        status = steps ? mien_context_profile(context, pictures, 1, 2, steps, sizeof *steps, error)
                       : mien_fail_memory(error, "the profile of a test");
    }
    free(steps);
    return status;
}

/// A layer whose packed weights are large enough for a mapping of their own.
static mien_status run_large(mien_error *error) {
    mien_session *session = NULL;
    mien_context *context = NULL;
    float logits[LARGE];
    mien_status status =
        mien_session_create(large_graph, large_weights.weights, NULL, &session, error);
    if (status == MIEN_OK) {
        status = mien_context_create(session, 1, &context, error);
    }
    if (status == MIEN_OK) {
        status = mien_context_run(context, large_input, 1, logits, error);
    }
    mien_context_free(context);
    mien_session_free(session);
    return status;
}

static mien_status make_session(mien_error *error) {
    mien_session *session = NULL;
    const mien_status status = mien_session_create(graph, weights.weights, NULL, &session, error);
    mien_session_free(session);
    return status;
}

static mien_status run_session(mien_plan plan, uint32_t threads, mien_error *error) {
    mien_session *session = NULL;
    mien_context *context = NULL;
    mien_status status = mien_session_create(graph, weights.weights,
                                             MIEN_SESSION_OPTIONS(.plan = plan), &session, error);
    if (status == MIEN_OK) {
        status = mien_context_create(session, threads, &context, error);
    }
    if (status == MIEN_OK) {
        status = run(context, error);
    }
    mien_context_free(context);
    mien_session_free(session);
    return status;
}

static mien_status run_fast(mien_error *error) {
    return run_session(MIEN_PLAN_FAST, 1, error);
}

static mien_status run_small(mien_error *error) {
    return run_session(MIEN_PLAN_SMALL, 1, error);
}

static mien_status run_with_threads(mien_error *error) {
    return run_session(MIEN_PLAN_FAST, 2, error);
}

/// Forward and all the way back.
static mien_status run_gradient(mien_error *error) {
    const mien_node layers[] = {0, 3};
    mien_session *session = NULL;
    mien_context *context = NULL;
    mien_status status = mien_gradient_session_create(
        graph, weights.weights, MIEN_GRADIENT_OPTIONS(.layers = layers, .layer_count = 2), &session,
        error);
    if (status == MIEN_OK) {
        status = mien_context_create(session, 1, &context, error);
    }
    if (status == MIEN_OK) {
        status = mien_context_gradient(context, pictures, BATCH, NULL, NULL, error);
    }
    if (status == MIEN_OK) {
        status = run(context, error);
    }
    mien_context_free(context);
    mien_session_free(session);
    return status;
}

/// A run that failed for lack of memory may be tried again on the same context.
static mien_context *kept;

static mien_status run_again(mien_error *error) {
    return run(kept, error);
}

static mien_status build_graph(mien_error *error) {
    mien_graph *built = NULL;
    mien_status status = mien_graph_create(&built, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_node x = mien_input(built, 4, 4, 3);
    for (int i = 0; i < 70; i++) { // arrays grow
        char name[16];
        snprintf(name, sizeof name, "norm%d", i);
        x = mien_batch_norm(built, x, name, 0);
    }
    x = mien_name(built, x, "last");
    x = mien_global_average_pool(built, x);
    status = mien_graph_finish(built, x, error);
    mien_graph_free(built);
    return status;
}

static mien_status open_weights(mien_error *error) {
    mien_weights *opened = NULL;
    const mien_named_tensor first = mien_weights_at(weights.weights, 0);
    char path[64];
    snprintf(path, sizeof path, "/tmp/mien-torture-%ld.safetensors", (long)getpid());
    mien_status status = mien_weights_write(path, &first, 1, NULL, error);
    if (status == MIEN_OK) {
        status = mien_weights_open(path, NULL, &opened, error);
    }
    mien_weights_close(opened);
    unlink(path);
    return status;
}

// --- Torture -------------------------------------------------------------------------------------

/// Fails allocation `nth`; false once there are fewer.
static bool fails_cleanly(deed *act, size_t nth, torture_mode mode) {
    mien_error error = MIEN_ERROR_INIT;
    const size_t blocks = torture_live_blocks(), mappings = torture_live_mapped_bytes();
    torture_begin(nth, mode);
    const mien_status status = act(&error);
    const bool failed = torture_end();
    const long left = (long)(torture_live_blocks() - blocks);
    const long mapped = (long)(torture_live_mapped_bytes() - mappings);
    ck_assert_msg(status == MIEN_OK || failed, "without a failed allocation: %s", error.message);
    ck_assert_msg(status == MIEN_OK || status == MIEN_OUT_OF_MEMORY,
                  "allocation %zu: status %d: %s", nth, status, error.message);
    ck_assert_msg(status == MIEN_OK || strstr(error.message, "out of memory"), "allocation %zu: %s",
                  nth, error.message);
    ck_assert_msg(left <= 0 && mapped <= 0, "allocation %zu: %ld blocks and %ld mapped bytes leak",
                  nth, left, mapped);
    return failed;
}

static void torture(deed *act) {
    mien_error error = MIEN_ERROR_INIT;
    for (int i = 0; i < 2; i++) { // what libraries keep for good, they make now
        ck_assert_msg(act(&error) == MIEN_OK, "%s", error.message);
    }
    for (torture_mode mode = TORTURE_ONCE; mode <= TORTURE_ONWARDS; mode++) {
        size_t nth = 1;
        while (fails_cleanly(act, nth, mode)) {
            nth++;
        }
        ck_assert_uint_gt(nth, 5);
        ck_assert_msg(act(&error) == MIEN_OK, "afterwards: %s", error.message);
    }
}

/// As torture(), each attempt in a process of its own, where threads are the first and libraries
/// have kept nothing. `excuse`, or NULL, is what may be said instead of "out of memory".
static void torture_the_first(deed *act, const char *excuse) {
    enum { CLEAN, NONE_FAILED, WRONG };
    int outcome = CLEAN;
    size_t nth = 0;
    while (outcome == CLEAN) {
        nth++;
        const pid_t process = fork();
        ck_assert_int_ge(process, 0);
        if (process == 0) {
            mien_error error = MIEN_ERROR_INIT;
            signal(SIGALRM, SIG_DFL); // Check's own would end the test's processes without a word
            alarm(60);
            torture_begin(nth, TORTURE_ONCE);
            const mien_status status = act(&error);
            const bool failed = torture_end(), done = status == MIEN_OK;
            const bool excused = excuse && strstr(error.message, excuse);
            _exit(done || status == MIEN_OUT_OF_MEMORY || excused ? failed ? CLEAN : NONE_FAILED
                                                                  : WRONG);
        }
        int status;
        ck_assert_int_eq(waitpid(process, &status, 0), process);
        ck_assert_msg(WIFEXITED(status), "allocation %zu: signal %d", nth, WTERMSIG(status));
        outcome = WEXITSTATUS(status);
    }
    ck_assert_msg(outcome == NONE_FAILED, "allocation %zu: not out of memory", nth);
    ck_assert_uint_gt(nth, 5);
}

static void set_up(void) {
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    mien_context *context = NULL;
    graph = everything_graph();
    weights = memory_weights_make(graph, seeded_parameter, NULL);
    pictures = seeded_pictures(BATCH, EVERYTHING_SIDE, EVERYTHING_SIDE, EVERYTHING_CHANNELS);
    ck_assert_int_eq(mien_session_create(graph, weights.weights, NULL, &session, &error), MIEN_OK);
    ck_assert_int_eq(mien_context_create(session, 1, &context, &error), MIEN_OK);
    ck_assert_int_eq(mien_context_run(context, pictures, BATCH, expected, &error), MIEN_OK);
    mien_context_free(context);
    mien_session_free(session);
}

static void tear_down(void) {
    free(pictures);
    memory_weights_free(&weights);
    mien_graph_free(graph);
}

START_TEST(building_a_graph) {
    torture(build_graph);
}
END_TEST

START_TEST(opening_weights) {
    torture(open_weights);
}
END_TEST

START_TEST(a_session_of_the_fast_plan) {
    torture(run_fast);
}
END_TEST

START_TEST(a_session_of_the_small_plan) {
    torture(run_small);
}
END_TEST

START_TEST(a_session_with_a_way_back) {
    torture(run_gradient);
}
END_TEST

START_TEST(a_session_with_a_large_layer) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_create(&large_graph, &error), MIEN_OK);
    mien_node x = mien_input(large_graph, 1, 1, LARGE);
    x = mien_flatten(large_graph, x, MIEN_FLATTEN_HWC);
    x = mien_linear(large_graph, x, "fc", MIEN_LINEAR(.features = LARGE, .bias = true));
    ck_assert_int_eq(mien_graph_finish(large_graph, x, &error), MIEN_OK);
    large_weights = memory_weights_make(large_graph, seeded_parameter, NULL);
    torture(run_large);
    memory_weights_free(&large_weights);
    mien_graph_free(large_graph);
}
END_TEST

START_TEST(a_session_with_threads) {
    torture(run_with_threads);
}
END_TEST

static mien_session *shared;

static mien_status make_context_with_threads(mien_error *error) {
    mien_context *context = NULL;
    const mien_status status = mien_context_create(shared, 4, &context, error);
    mien_context_free(context);
    return status;
}

// pthreadpool itself would hang.
START_TEST(the_first_threads_of_a_process) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_session_create(graph, weights.weights, NULL, &shared, &error), MIEN_OK);
    torture_the_first(make_context_with_threads, "cannot start 4 threads, only");
    mien_session_free(shared);
}
END_TEST

// cpuinfo, on whose word XNNPACK starts, does not tell a lack of memory from an unknown processor.
START_TEST(the_first_session_of_a_process) {
    graph = everything_graph();
    weights = memory_weights_make(graph, seeded_parameter, NULL);
    torture_the_first(make_session, "or there was no memory to examine it");
    memory_weights_free(&weights);
    mien_graph_free(graph);
}
END_TEST

START_TEST(a_context_that_ran_out_of_memory) {
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    ck_assert_int_eq(mien_session_create(graph, weights.weights, NULL, &session, &error), MIEN_OK);
    ck_assert_int_eq(mien_context_create(session, 1, &kept, &error), MIEN_OK);
    torture(run_again);
    mien_context_free(kept);
    mien_session_free(session);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("session: torture");
    TCase *cases = tcase_create("torture");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, building_a_graph);
    tcase_add_test(cases, opening_weights);
    tcase_add_test(cases, a_session_of_the_fast_plan);
    tcase_add_test(cases, a_session_of_the_small_plan);
    tcase_add_test(cases, a_session_with_a_way_back);
    tcase_add_test(cases, a_session_with_a_large_layer);
    tcase_add_test(cases, a_session_with_threads);
    tcase_add_test(cases, a_context_that_ran_out_of_memory);
    tcase_add_test(cases, the_first_threads_of_a_process);
    suite_add_tcase(suite, cases);
    TCase *first = tcase_create("first");
    tcase_set_timeout(first, 300);
    tcase_add_test(first, the_first_session_of_a_process);
    suite_add_tcase(suite, first);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
