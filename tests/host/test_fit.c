// SPDX-License-Identifier: Apache-2.0
// Numbers of ensembles: what was put into made-up answers comes out again, and on a fixed table it
// is what scipy and scikit-learn fit (tests/reference/make_fit.py).
#include "host/fit/fit.h"
#include "host/stateless_random.h"
#include "support/expectation.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum { CLASSES = 3, MOST_MEMBERS = 3, MANY = 6000 };

static const double ones[MOST_MEMBERS] = {1, 1, 1};
static mien_error error;
static float ballots[MANY * MOST_MEMBERS * CLASSES];
static uint32_t labels[MANY];

static void set_up(void) {
    error = (mien_error)MIEN_ERROR_INIT;
}

static mien_combination plain(size_t members) {
    return (mien_combination){.rule = MIEN_ENSEMBLE_SOFT,
                              .members = members,
                              .classes = CLASSES,
                              .weights = ones,
                              .temperatures = ones};
}

static mien_fit_sample sample_of(size_t pictures, size_t members) {
    return (mien_fit_sample){pictures, members, CLASSES, ballots, labels};
}

static mien_fit make(const mien_fit_sample *sample, mien_fit_method method, double penalty) {
    const mien_combination from = plain(sample->members);
    mien_fit fit = {0};
    ck_assert_msg(mien_fit_make(sample, method, &from, penalty, &fit, &error) == MIEN_OK, "%s",
                  error.message);
    return fit;
}

static double random_unit(size_t picture, size_t stream) {
    return mien_unit(mien_draw(7, 0, stream, picture));
}

/// Logits of a picture, and a label drawn by their probabilities.
static void draw(size_t picture, float logits[CLASSES]) {
    double logs[CLASSES], left = random_unit(picture, 0);
    for (size_t k = 0; k < CLASSES; k++) {
        logits[k] = (float)(6 * random_unit(picture, 1 + k) - 3);
    }
    mien_log_probabilities(logits, CLASSES, 1, logs);
    labels[picture] = 0;
    while (labels[picture] < CLASSES - 1 && left >= exp(logs[labels[picture]])) {
        left -= exp(logs[labels[picture]++]);
    }
}

static double log_loss(const mien_fit_sample *sample, const mien_combination *how) {
    double figures[MIEN_FIGURE_COUNT];
    mien_scores *scores = mien_scores_create(sample->classes);
    ck_assert_int_eq(mien_fit_score(sample, how, scores, &error), MIEN_OK);
    mien_scores_summarise(scores, figures, NULL, NULL);
    mien_scores_free(scores);
    return figures[MIEN_FIGURE_LOG_LOSS];
}

// --- Made-up answers -----------------------------------------------------------------------------

START_TEST(temperatures_come_out_as_they_were_put_in) {
    static const double put_in[] = {1, 2.5, 0.4};
    for (size_t i = 0; i < MANY; i++) {
        float logits[CLASSES];
        draw(i, logits);
        for (size_t m = 0; m < 3; m++) {
            for (size_t k = 0; k < CLASSES; k++) {
                ballots[(i * 3 + m) * CLASSES + k] = (float)put_in[m] * logits[k];
            }
        }
    }
    const mien_fit_sample sample = sample_of(MANY, 3);
    mien_fit fit = make(&sample, MIEN_FIT_TEMPERATURE, 1);
    for (size_t m = 0; m < 3; m++) { // six thousand labels tell it to about 2 %
        ck_assert_double_eq_tol(fit.how.temperatures[m] / put_in[m], 1, 0.05);
        ck_assert_double_eq(fit.how.weights[m], 1);
    }
    // Of one and the same member they are in the ratio of what was put in, chance or not.
    ck_assert_double_eq_tol(fit.how.temperatures[1] / fit.how.temperatures[2], 2.5 / 0.4, 5e-3);
    const mien_combination before = plain(3);
    ck_assert_double_lt(log_loss(&sample, &fit.how), log_loss(&sample, &before));
    mien_fit_clear(&fit);
}
END_TEST

START_TEST(a_member_that_guesses_gets_no_weight) {
    for (size_t i = 0; i < MANY; i++) {
        draw(i, &ballots[i * 2 * CLASSES]);
        for (size_t k = 0; k < CLASSES; k++) {
            ballots[(i * 2 + 1) * CLASSES + k] = (float)(4 * random_unit(i, 10 + k));
        }
    }
    const mien_fit_sample sample = sample_of(MANY, 2);
    for (int method = MIEN_FIT_WEIGHTS; method <= MIEN_FIT_BOTH; method++) {
        mien_fit fit = make(&sample, (mien_fit_method)method, 1);
        ck_assert_double_lt(fit.how.weights[1], 0.01);
        ck_assert_double_gt(fit.how.weights[1], 0);
        ck_assert_double_eq_tol(fit.how.weights[0] + fit.how.weights[1], 1, 2e-6);
        mien_fit_clear(&fit);
    }
    mien_fit stack = make(&sample, MIEN_FIT_STACK, 1);
    ck_assert_int_eq(stack.how.rule, MIEN_ENSEMBLE_STACK);
    for (size_t i = 0; i < CLASSES * CLASSES; i++) {
        const double own = i / CLASSES == i % CLASSES ? 2.0 / 3 : -1.0 / 3; // less their mean
        ck_assert_double_eq_tol(stack.how.coefficients[i], own, 0.08);
        ck_assert_double_eq_tol(stack.how.coefficients[CLASSES * CLASSES + i], 0, 0.08);
    }
    mien_fit_clear(&stack);
}
END_TEST

START_TEST(equal_members_weigh_the_same) {
    for (size_t i = 0; i < 100; i++) {
        draw(i, &ballots[i * 3 * CLASSES]);
        for (size_t m = 1; m < 3; m++) {
            memcpy(&ballots[(i * 3 + m) * CLASSES], &ballots[i * 3 * CLASSES],
                   CLASSES * sizeof *ballots);
        }
    }
    const mien_fit_sample sample = sample_of(100, 3);
    mien_fit fit = make(&sample, MIEN_FIT_BOTH, 1);
    for (size_t m = 0; m < 3; m++) {
        ck_assert_double_eq_tol(fit.how.weights[m], 1.0 / 3, 1e-5);
        ck_assert_double_eq(fit.how.temperatures[m], fit.how.temperatures[0]);
    }
    mien_fit_clear(&fit);
}
END_TEST

START_TEST(weights_leave_an_ensemble_of_one_as_it_is) {
    for (size_t i = 0; i < 50; i++) {
        draw(i, &ballots[i * CLASSES]);
    }
    const mien_fit_sample sample = sample_of(50, 1);
    const mien_combination before = plain(1);
    mien_fit fit = make(&sample, MIEN_FIT_WEIGHTS, 1);
    ck_assert_double_eq(fit.how.weights[0], 1);
    ck_assert_double_eq(fit.how.temperatures[0], 1);
    for (size_t i = 0; i < 50; i++) {
        float one[CLASSES], other[CLASSES];
        double scratch[2 * CLASSES];
        mien_combine(&before, 1, &ballots[i * CLASSES], scratch, one);
        mien_combine(&fit.how, 1, &ballots[i * CLASSES], scratch, other);
        ck_assert_mem_eq(one, other, sizeof one);
    }
    mien_fit_clear(&fit);
}
END_TEST

START_TEST(pictures_that_are_all_right_carry_nothing_off) {
    for (size_t i = 0; i < 30; i++) {
        labels[i] = i % CLASSES;
        for (size_t m = 0; m < 2; m++) {
            for (size_t k = 0; k < CLASSES; k++) {
                ballots[(i * 2 + m) * CLASSES + k] = k == labels[i] ? 9 : 0;
            }
        }
    }
    const mien_fit_sample sample = sample_of(30, 2), one = sample_of(1, 2);
    const mien_fit_sample *const samples[] = {&sample, &one};
    for (size_t i = 0; i < 2; i++) {
        for (int method = 0; method < MIEN_FIT_METHODS; method++) {
            mien_fit fit = make(samples[i], (mien_fit_method)method, 1);
            ck_assert_double_ge(fit.how.temperatures[0], 0.05);
            ck_assert_double_ge(fit.how.weights[0], 0.1);
            ck_assert_double_lt(log_loss(samples[i], &fit.how), 0.3);
            mien_fit_clear(&fit);
        }
    }
}
END_TEST

/// Whatever finite logits come, there are numbers that a manifest takes, or an error.
START_TEST(logits_of_any_size) {
    static const float sizes[] = {0, 1e-30f, 50, 1e4f, 1e30f, FLT_MAX};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t i = 0; i < 20; i++) {
            for (size_t k = 0; k < 2 * CLASSES; k++) {
                ballots[i * 2 * CLASSES + k] = sizes[s] * (float)(2 * random_unit(i, 20 + k) - 1);
            }
            labels[i] = (uint32_t)(i % CLASSES);
        }
        const mien_fit_sample sample = sample_of(20, 2);
        const mien_combination from = plain(2);
        for (int method = 0; method < MIEN_FIT_METHODS; method++) {
            mien_fit fit = {0};
            if (mien_fit_make(&sample, (mien_fit_method)method, &from, 1, &fit, &error) !=
                MIEN_OK) {
                ck_assert_int_eq(method, MIEN_FIT_STACK);
                ck_assert_ptr_nonnull(strstr(error.message, "a fit finds no minimum"));
                continue;
            }
            for (size_t m = 0; m < 2; m++) {
                ck_assert(fit.how.temperatures[m] >= 0.01 && fit.how.temperatures[m] <= 100);
                ck_assert(fit.how.weights[m] >= 1e-6 && fit.how.weights[m] <= 1);
            }
            for (size_t i = 0; method == MIEN_FIT_STACK && i < 2 * CLASSES * CLASSES; i++) {
                ck_assert(fabs(fit.how.coefficients[i]) <= 1e6);
            }
            mien_fit_clear(&fit);
        }
    }
}
END_TEST

START_TEST(what_cannot_be_fitted) {
    const mien_fit_sample none = sample_of(0, 1);
    const mien_fit_sample wide = {1, 1, 65, ballots, labels};
    const mien_combination from = plain(1);
    mien_fit fit = {0};
    ck_assert_int_eq(mien_fit_make(&none, MIEN_FIT_BOTH, &from, 1, &fit, &error),
                     MIEN_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "there are no pictures to fit to");
    ck_assert_int_eq(mien_fit_make(&wide, MIEN_FIT_STACK, &from, 1, &fit, &error),
                     MIEN_UNSUPPORTED);
    ck_assert_str_eq(error.message, "65 classes; at most 64 can be stacked");
    ck_assert_ptr_null(fit.numbers);
}
END_TEST

START_TEST(a_fold_and_the_rest_are_all) {
    uint8_t folds[10];
    for (size_t i = 0; i < 10; i++) {
        draw(i, &ballots[i * CLASSES]);
        folds[i] = i % 3;
    }
    const mien_fit_sample sample = sample_of(10, 1);
    for (uint8_t fold = 0; fold < 4; fold++) {
        mien_fit_sample in, out;
        ck_assert_int_eq(mien_fit_part(&sample, folds, fold, true, &in, &error), MIEN_OK);
        ck_assert_int_eq(mien_fit_part(&sample, folds, fold, false, &out, &error), MIEN_OK);
        ck_assert_uint_eq(in.pictures, fold == 0 ? 4 : fold < 3 ? 3 : 0);
        ck_assert_uint_eq(in.pictures + out.pictures, 10);
        for (size_t i = 0, inner = 0, outer = 0; i < 10; i++) {
            const mien_fit_sample *part = folds[i] == fold ? &in : &out;
            const size_t at = folds[i] == fold ? inner++ : outer++;
            ck_assert_uint_eq(part->labels[at], labels[i]);
            ck_assert_mem_eq(part->ballots + at * CLASSES, &ballots[i * CLASSES],
                             CLASSES * sizeof *ballots);
        }
        mien_fit_sample_clear(&in);
        mien_fit_sample_clear(&out);
    }
}
END_TEST

// --- Against scipy and scikit-learn --------------------------------------------------------------

static yyjson_doc *read_reference(mien_fit_sample *sample) {
    char *path = source_path("tests/fixtures/reference/fit.json");
    yyjson_doc *document = yyjson_read_file(path, 0, NULL, NULL);
    free(path);
    ck_assert_ptr_nonnull(document);
    yyjson_val *root = yyjson_doc_get_root(document), *each;
    yyjson_val *shown = yyjson_obj_get(root, "labels"), *said = yyjson_obj_get(root, "ballots");
    size_t index, count;
    *sample = sample_of(yyjson_arr_size(shown), yyjson_get_uint(yyjson_obj_get(root, "members")));
    ck_assert_uint_eq(yyjson_get_uint(yyjson_obj_get(root, "classes")), CLASSES);
    ck_assert_uint_eq(yyjson_arr_size(said), sample->pictures * sample->members * CLASSES);
    yyjson_arr_foreach(shown, index, count, each) {
        labels[index] = (uint32_t)yyjson_get_uint(each);
    }
    yyjson_arr_foreach(said, index, count, each) {
        ballots[index] = (float)yyjson_get_num(each);
    }
    return document;
}

/// Numbers are kept to six digits, and scipy's constraints hold to less.
static void expect(const double *got, yyjson_val *array, size_t count, const char *what) {
    ck_assert_uint_eq(yyjson_arr_size(array), count);
    for (size_t i = 0; i < count; i++) {
        const double wanted = yyjson_get_num(yyjson_arr_get(array, i));
        ck_assert_msg(fabs(got[i] - wanted) <= 2e-5 * fmax(1, fabs(wanted)),
                      "%s %zu: %.9g, not %.9g", what, i, got[i], wanted);
    }
}

START_TEST(soft_votes_are_scipys) {
    mien_fit_sample sample;
    yyjson_doc *document = read_reference(&sample);
    yyjson_val *root = yyjson_doc_get_root(document);
    mien_fit temperature = make(&sample, MIEN_FIT_TEMPERATURE, 1);
    mien_fit weights = make(&sample, MIEN_FIT_WEIGHTS, 1), both = make(&sample, MIEN_FIT_BOTH, 1);
    expect(temperature.how.temperatures, yyjson_obj_get(root, "temperatures"), 3, "temperature");
    expect(both.how.temperatures, yyjson_obj_get(root, "temperatures"), 3, "temperature");
    expect(weights.how.weights, yyjson_obj_get(root, "weights"), 3, "weight");
    expect(both.how.weights, yyjson_obj_get(root, "both"), 3, "weight");
    mien_fit_clear(&temperature);
    mien_fit_clear(&weights);
    mien_fit_clear(&both);
    yyjson_doc_free(document);
}
END_TEST

START_TEST(stacks_are_scikit_learns) {
    mien_fit_sample sample;
    yyjson_doc *document = read_reference(&sample);
    yyjson_val *stacks = yyjson_obj_get(yyjson_doc_get_root(document), "stacks"), *each;
    size_t index, count;
    ck_assert_uint_eq(yyjson_arr_size(stacks), 2);
    yyjson_arr_foreach(stacks, index, count, each) {
        const double penalty = yyjson_get_num(yyjson_obj_get(each, "penalty"));
        mien_fit fit = make(&sample, MIEN_FIT_STACK, penalty);
        expect(fit.how.intercepts, yyjson_obj_get(each, "intercept"), CLASSES, "intercept");
        expect(fit.how.coefficients, yyjson_obj_get(each, "coefficients"),
               sample.members * CLASSES * CLASSES, "coefficient");
        ck_assert_double_eq_tol(log_loss(&sample, &fit.how),
                                yyjson_get_num(yyjson_obj_get(each, "log_loss")), 1e-6);
        mien_fit_clear(&fit);
    }
    yyjson_doc_free(document);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("fit");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, temperatures_come_out_as_they_were_put_in);
    tcase_add_test(tests, a_member_that_guesses_gets_no_weight);
    tcase_add_test(tests, equal_members_weigh_the_same);
    tcase_add_test(tests, weights_leave_an_ensemble_of_one_as_it_is);
    tcase_add_test(tests, pictures_that_are_all_right_carry_nothing_off);
    tcase_add_test(tests, logits_of_any_size);
    tcase_add_test(tests, what_cannot_be_fitted);
    tcase_add_test(tests, a_fold_and_the_rest_are_all);
    tcase_add_test(tests, soft_votes_are_scipys);
    tcase_add_test(tests, stacks_are_scikit_learns);
    Suite *suite = suite_create("fit");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
