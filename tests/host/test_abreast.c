// SPDX-License-Identifier: Apache-2.0
// Members that run at the same time: which ones should, and that answers stay the same bits.
#include "host/answerer/abreast.h"
#include "tests/support/folder.h"
#include "tests/support/models.h"
#include "tests/support/seeded.h"
#include "tests/support/torture.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3, SIDE = 24 };

// --- The plan ------------------------------------------------------------------------------------

START_TEST(members_run_abreast_where_that_is_quicker) {
    // Two threads in one member are worth 1.6 of one.
    static const struct {
        uint64_t work[4];
        size_t count;
        uint32_t threads;
        size_t in_turn;
    } cases[] = {
        {{100, 100}, 2, 2, 0},       // 100 beside 200 / 1.6 = 125
        {{100, 50}, 2, 2, 2},        // 100 beside 93.75
        {{100, 70}, 2, 2, 0},        // 100 beside 106.25
        {{150, 100, 100}, 3, 2, 1},  // 150 / 1.6 + 100 = 193.75; all abreast 200; in turn 218.75
        {{100, 100, 100}, 3, 2, 1},  // 162.5; all abreast 200; in turn 187.5
        {{150, 80, 80}, 3, 2, 0},    // 160; 173.75; in turn 193.75
        {{1000, 100, 100}, 3, 2, 1}, // 725; all abreast 1000; in turn 750
        {{100, 100, 100, 100}, 4, 2, 0}, // 200; in turn 250
        {{100, 100}, 2, 8, 2},           // most threads would be idle
        {{100, 90, 80, 70}, 4, 4, 0},    // 100 beside 106.25
        {{100}, 1, 2, 1},
        {{0}, 0, 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double scratch[4];
        const size_t got =
            mien_abreast_plan(cases[i].work, cases[i].count, cases[i].threads, scratch);
        ck_assert_msg(got == cases[i].in_turn, "case %zu: %zu in turn", i, got);
    }
}
END_TEST

// --- Runs ----------------------------------------------------------------------------------------

static char *folder;
static mien_registry *registry;

static void set_up(void) {
    folder = make_folder();
#define CONFIG "config: {filters: [4, 8], dense: [8]}\n"
    static const char tiny[] = "input: {height: 24, width: 24}\n" CONFIG;
    write_model(folder, "small", "cnn-baseline", tiny);
    write_model(folder, "twin", "cnn-baseline", tiny);
    write_model(folder, "other", "cnn-baseline",
                "input: {height: 24, width: 24, mean: [0.4], std: [0.2]}\n" CONFIG);
    write_model(folder, "fourth", "cnn-baseline", "input: {height: 23, width: 24}\n" CONFIG);
#undef CONFIG
    write_model(folder, "large", "cnn-baseline",
                "input: {height: 24, width: 24}\nconfig: {filters: [16, 16], dense: [16]}\n");
    write_model(folder, "linear", "sound", "input: {height: 24, width: 24}\n");
    write_model(folder, "straight", "sound", "input: {height: 24, width: 24}\n");
    registry = make_registry(folder);
}

static void tear_down(void) {
    mien_registry_free(registry);
    remove_folder(folder);
}

static void write_ensemble(const char *members) {
    char text[1024];
    snprintf(text, sizeof text, "schema: 1\nkind: ensemble\nname: e\nmembers: %s\n", members);
    write_file(folder, "e.yaml", text, strlen(text));
}

static mien_answerer *load(uint32_t threads, bool by_picture) {
    const mien_model_options how = {.threads = threads, .by_picture = by_picture};
    mien_answerer *answerer = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_answerer_load(registry, "e", &how, &answerer, &error) == MIEN_OK, "%s",
                  error.message);
    return answerer;
}

/// Noise for each of its rules, the same for the same rule.
static mien_batch make_batch(const mien_answerer *answerer, size_t count) {
    mien_batch batch;
    ck_assert_int_eq(mien_batch_create(answerer, count, &batch, NULL), MIEN_OK);
    for (size_t i = 0; i < batch.rules; i++) {
        const mien_input_spec *const rule = mien_answerer_rule(answerer, i);
        float *const noise = seeded_pictures(count, rule->height, rule->width, rule->channels);
        memcpy(batch.inputs[i], noise, count * batch.numbers[i] * sizeof *noise);
        free(noise);
    }
    return batch;
}

static void run(mien_answerer *answerer, const mien_batch *batch, size_t count, float *logits) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_answerer_run(answerer, mien_batch_inputs(batch), count, logits, &error) ==
                      MIEN_OK,
                  "%s", error.message);
}

START_TEST(answers_are_those_of_one_thread_to_the_bit) {
    write_ensemble("[{model: large}, {model: small, weight: 2}, {model: other}, {model: twin}, "
                   "{model: fourth}]");
    mien_answerer *const alone = load(1, false);
    mien_batch batch = make_batch(alone, 2);
    ck_assert_uint_ge(batch.rules, 2);
    float expected[CLASSES], got[2 * CLASSES];
    run(alone, &batch, 1, expected);
    for (uint32_t threads = 2; threads <= 3; threads++) {
        mien_answerer *const many = load(threads, false);
        ck_assert_ptr_nonnull(many->abreast);
        for (int i = 0; i < 4; i++) {
            run(many, &batch, 1, got);
            ck_assert_mem_eq(got, expected, sizeof expected);
        }
        run(many, &batch, 2, got); // in turn
        for (size_t k = 0; k < CLASSES; k++) {
            ck_assert_double_eq_tol((double)got[k], (double)expected[k], 1e-5);
        }
        run(many, &batch, 1, got);
        ck_assert_mem_eq(got, expected, sizeof expected);
        ck_assert_uint_gt(mien_answerer_measure(many).arena_bytes,
                          mien_answerer_measure(alone).arena_bytes);
        ck_assert_uint_eq(mien_answerer_measure(many).packed_bytes,
                          mien_answerer_measure(alone).packed_bytes);
        mien_answerer_free(many);
    }
    mien_batch_clear(&batch);
    mien_answerer_free(alone);
}
END_TEST

START_TEST(only_several_members_and_threads_run_abreast) {
    write_ensemble("[{model: small}, {model: twin}]");
    mien_answerer *one = load(1, false), *shared = load(4, true);
    ck_assert(!one->abreast && !shared->abreast);
    mien_answerer_free(one);
    mien_answerer_free(shared);
    write_ensemble("[{model: small}]");
    one = load(4, false);
    ck_assert_ptr_null(one->abreast);
    mien_answerer_free(one);
}
END_TEST

START_TEST(plugins_that_compute_by_themselves_stay_in_turn) {
    write_manifest(folder, "own", "by-itself", "input: {height: 24, width: 24}\n");
    write_ensemble("[{model: own}, {model: small}, {model: twin, temperature: 2}]");
    mien_answerer *const alone = load(1, false), *const many = load(2, false);
    ck_assert_ptr_nonnull(many->abreast);
    for (size_t i = 0; i < mien_answerer_members(many); i++) {
        const bool own = !mien_model_graph(mien_answerer_member(many, i));
        ck_assert(mien_abreast_has(many->abreast, i) == !own);
    }
    mien_batch batch = make_batch(alone, 1);
    float expected[CLASSES], got[CLASSES];
    run(alone, &batch, 1, expected);
    run(many, &batch, 1, got);
    ck_assert_mem_eq(got, expected, sizeof expected);
    mien_batch_clear(&batch);
    mien_answerer_free(alone);
    mien_answerer_free(many);
}
END_TEST

/// One of several callers, each with an answerer of its own.
typedef struct {
    mien_batch *batch;
    float logits[CLASSES];
    mien_status status;
    mien_error error;
} caller;

static void *load_and_ask(void *argument) {
    caller *const self = argument;
    const mien_model_options how = {.threads = 2};
    mien_answerer *answerer = NULL;
    self->status = mien_answerer_load(registry, "e", &how, &answerer, &self->error);
    for (int i = 0; i < 3 && self->status == MIEN_OK; i++) {
        self->status = mien_answerer_run(answerer, mien_batch_inputs(self->batch), 1, self->logits,
                                         &self->error);
    }
    mien_answerer_free(answerer);
    return NULL;
}

START_TEST(answerers_of_several_threads_share_a_registry) {
    enum { CALLERS = 3 };
    write_ensemble("[{model: large}, {model: small, weight: 2}, {model: other}, {model: twin}]");
    mien_answerer *const alone = load(1, false);
    mien_batch batch = make_batch(alone, 1);
    float expected[CLASSES];
    run(alone, &batch, 1, expected);
    caller callers[CALLERS] = {0};
    pthread_t threads[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].batch = &batch;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, load_and_ask, &callers[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_msg(callers[i].status == MIEN_OK, "%s", callers[i].error.message);
        ck_assert_mem_eq(callers[i].logits, expected, sizeof expected);
    }
    mien_batch_clear(&batch);
    mien_answerer_free(alone);
}
END_TEST

START_TEST(a_warm_run_allocates_nothing) {
    write_ensemble("[{model: small}, {model: twin, temperature: 2}]");
    mien_answerer *const answerer = load(2, false);
    ck_assert_ptr_nonnull(answerer->abreast);
    mien_batch batch = make_batch(answerer, 1);
    float logits[CLASSES];
    run(answerer, &batch, 1, logits);
    mien_status status = MIEN_OK;
    const size_t before = torture_allocations();
    for (int i = 0; i < 3 && status == MIEN_OK; i++) { // Check's assertions allocate
        status = mien_answerer_run(answerer, mien_batch_inputs(&batch), 1, logits, NULL);
    }
    const size_t allocations = torture_allocations() - before;
    ck_assert_int_eq(status, MIEN_OK);
    ck_assert_msg(allocations == 0, "%zu allocations in three warm runs", allocations);
    mien_batch_clear(&batch);
    mien_answerer_free(answerer);
}
END_TEST

START_TEST(a_member_that_fails_is_named) {
    // No ReLU in this one, which would swallow what is no number.
    write_ensemble("[{model: linear}, {model: straight}]");
    mien_answerer *const answerer = load(2, false);
    ck_assert_ptr_nonnull(answerer->abreast);
    mien_batch batch = make_batch(answerer, 1);
    float logits[CLASSES];
    const float sound = batch.inputs[0][0];
    batch.inputs[0][0] = (float)NAN;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_answerer_run(answerer, mien_batch_inputs(&batch), 1, logits, &error),
                     MIEN_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "model linear: the logit of class a is"), "%s",
                  error.message);
    batch.inputs[0][0] = sound;
    run(answerer, &batch, 1, logits);
    mien_batch_clear(&batch);
    mien_answerer_free(answerer);
}
END_TEST

int main(void) {
    Suite *const suite = suite_create("abreast");
    TCase *const plan = tcase_create("plan");
    tcase_add_test(plan, members_run_abreast_where_that_is_quicker);
    suite_add_tcase(suite, plan);
    TCase *const runs = tcase_create("runs");
    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 120);
    tcase_add_test(runs, answers_are_those_of_one_thread_to_the_bit);
    tcase_add_test(runs, only_several_members_and_threads_run_abreast);
    tcase_add_test(runs, plugins_that_compute_by_themselves_stay_in_turn);
    tcase_add_test(runs, answerers_of_several_threads_share_a_registry);
    tcase_add_test(runs, a_warm_run_allocates_nothing);
    tcase_add_test(runs, a_member_that_fails_is_named);
    suite_add_tcase(suite, runs);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
