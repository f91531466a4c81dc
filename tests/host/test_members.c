// SPDX-License-Identifier: Apache-2.0
// What members of an ensemble add, counted by hand and against the statistics of pairs.
#include "host/evaluation/members.h"
#include "host/statistics/paired.h"
#include "host/statistics/pairs.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { CLASSES = 3, MEMBERS = 3, PICTURES = 4 };

/// A picture's probabilities: the ensemble's, its members', and the ensemble's without each.
typedef struct {
    size_t label;
    double ensemble[CLASSES], alone[MEMBERS][CLASSES], rest[MEMBERS][CLASSES];
} picture;

/// By hand:
///
///     label  ensemble  members by themselves  without each
///         0         0           0     0     1     0  0  0
///         1         1           1     2     1     2  1  0
///         2         0           0     0     1     0  2  0
///         2         2           2     2     2     2  2  2
static const picture pictures[PICTURES] = {
    {0,
     {0.6, 0.3, 0.1},
     {{0.7, 0.2, 0.1}, {0.8, 0.1, 0.1}, {0.3, 0.6, 0.1}},
     {{0.5, 0.4, 0.1}, {0.5, 0.4, 0.1}, {0.75, 0.15, 0.1}}},
    {1,
     {0.3, 0.4, 0.3},
     {{0.1, 0.8, 0.1}, {0.2, 0.1, 0.7}, {0.2, 0.5, 0.3}},
     {{0.3, 0.2, 0.5}, {0.1, 0.7, 0.2}, {0.5, 0.3, 0.2}}},
    {2,
     {0.5, 0.1, 0.4},
     {{0.9, 0.1, 0.0}, {0.6, 0.2, 0.2}, {0.1, 0.5, 0.4}},
     {{0.5, 0.2, 0.3}, {0.2, 0.2, 0.6}, {0.8, 0.1, 0.1}}},
    {2,
     {0.1, 0.1, 0.8},
     {{0.2, 0.2, 0.6}, {0.1, 0.1, 0.8}, {0.0, 0.1, 0.9}},
     {{0.0, 0.1, 0.9}, {0.1, 0.1, 0.8}, {0.1, 0.2, 0.7}}},
};

static void add(mien_members *members, const picture *each) {
    ck_assert_int_eq(
        mien_members_add(members, each->label, each->ensemble, each->alone[0], each->rest[0], NULL),
        MIEN_OK);
}

START_TEST(figures_are_those_counted_by_hand) {
    mien_members *members = mien_members_create(MEMBERS, CLASSES);
    ck_assert_ptr_nonnull(members);
    for (size_t i = 0; i < PICTURES; i++) {
        add(members, &pictures[i]);
    }
    ck_assert_uint_eq(mien_members_count(members), MEMBERS);
    mien_member_figures figures[MEMBERS];
    ck_assert_int_eq(mien_members_summarise(members, figures, NULL), MIEN_OK);
    const double accuracies[MEMBERS] = {0.75, 0.5, 0.5};
    const double added[MEMBERS] = {0.25, -0.25, 0.25}; // of an ensemble that has 3 of 4 right
    for (size_t i = 0; i < MEMBERS; i++) {
        double own = 0, change = 0;
        for (size_t k = 0; k < PICTURES; k++) {
            const picture *each = &pictures[k];
            own -= log(fmax(each->alone[i][each->label], DBL_EPSILON));
            change += log(each->rest[i][each->label]) - log(each->ensemble[each->label]);
        }
        ck_assert_double_eq_tol(figures[i].accuracy, accuracies[i], 1e-15);
        ck_assert_double_eq_tol(figures[i].adds_accuracy, added[i], 1e-15);
        const mien_interval few = mien_paired_interval(added[i] > 0, added[i] < 0, PICTURES);
        ck_assert_double_eq(figures[i].accuracy_interval.low, few.low);
        ck_assert_double_eq(figures[i].accuracy_interval.high, few.high);
        ck_assert_double_eq_tol(figures[i].log_loss, own / PICTURES, 1e-12);
        ck_assert_double_eq_tol(figures[i].adds_log_loss, change / PICTURES, 1e-12);
    }
    // Right, by picture: 1 1 0 1, 1 0 0 1, 0 1 0 1.
    const mien_diversity expected[] = {
        {.first = 0, .second = 1, .both = 2, .first_only = 1, .neither = 1, .differ = 1},
        {.first = 0, .second = 2, .both = 2, .first_only = 1, .neither = 1, .differ = 2},
        {.first = 1,
         .second = 2,
         .both = 1,
         .first_only = 1,
         .second_only = 1,
         .neither = 1,
         .differ = 3},
    };
    ck_assert_mem_eq(mien_members_pairs(members), expected, sizeof expected);
    mien_members_free(members);
}
END_TEST

/// Numbers from 0 to 1 without a pattern.
static double noise(size_t index) {
    const double value = sin((double)index * 12.9898) * 43758.5453;
    return value - floor(value);
}

static void make_shares(size_t seed, double shares[CLASSES]) {
    double sum = 0;
    for (size_t k = 0; k < CLASSES; k++) {
        sum += shares[k] = 0.05 + noise(seed * CLASSES + k + 1);
    }
    for (size_t k = 0; k < CLASSES; k++) {
        shares[k] /= sum;
    }
}

static size_t top_of(const double shares[CLASSES]) {
    return shares[0] >= shares[1] ? shares[0] >= shares[2] ? 0 : 2 : shares[1] >= shares[2] ? 1 : 2;
}

START_TEST(intervals_are_those_of_models_compared_in_pairs) {
    enum { MANY = 700 };
    static uint8_t right[MANY][MEMBERS + 1]; // the ensemble and its rests
    static double losses[MEMBERS][MANY];
    mien_members *members = mien_members_create(MEMBERS, CLASSES);
    ck_assert_ptr_nonnull(members);
    for (size_t i = 0; i < MANY; i++) {
        picture each = {.label = i % CLASSES};
        make_shares(i * 7, each.ensemble);
        right[i][0] = top_of(each.ensemble) == each.label;
        for (size_t k = 0; k < MEMBERS; k++) {
            make_shares(i * 7 + 1 + k, each.alone[k]);
            make_shares(i * 7 + 4 + k, each.rest[k]);
            right[i][k + 1] = top_of(each.rest[k]) == each.label;
            losses[k][i] = log(each.rest[k][each.label]) - log(each.ensemble[each.label]);
        }
        add(members, &each);
    }
    mien_member_figures figures[MEMBERS];
    mien_pair pairs[(MEMBERS + 1) * MEMBERS / 2];
    ck_assert_int_eq(mien_members_summarise(members, figures, NULL), MIEN_OK);
    ck_assert_int_eq(mien_pairs_compare(right[0], MEMBERS + 1, MANY, pairs, NULL), MIEN_OK);
    for (size_t k = 0; k < MEMBERS; k++) {
        mien_interval loss;
        const mien_pair *pair = mien_pairs_find(pairs, MEMBERS + 1, 0, k + 1);
        ck_assert_int_eq(mien_bootstrap_mean(losses[k], MANY, &loss, NULL), MIEN_OK);
        ck_assert_double_eq_tol(figures[k].adds_accuracy, pair->difference, 1e-12);
        ck_assert_double_eq_tol(figures[k].accuracy_interval.low, pair->interval.low, 1e-12);
        ck_assert_double_eq_tol(figures[k].accuracy_interval.high, pair->interval.high, 1e-12);
        ck_assert_double_eq_tol(figures[k].log_loss_interval.low, loss.low, 1e-6); // floats
        ck_assert_double_eq_tol(figures[k].log_loss_interval.high, loss.high, 1e-6);
    }
    mien_members_free(members);
}
END_TEST

START_TEST(the_only_member_adds_nothing_that_could_be_said) {
    mien_members *members = mien_members_create(1, CLASSES);
    ck_assert_ptr_nonnull(members);
    mien_member_figures figures;
    ck_assert_int_eq(mien_members_summarise(members, &figures, NULL), MIEN_OK);
    ck_assert(isnan(figures.accuracy) && isnan(figures.log_loss)); // no picture yet
    const picture *each = &pictures[1];
    ck_assert_int_eq(
        mien_members_add(members, each->label, each->alone[0], each->alone[0], NULL, NULL),
        MIEN_OK);
    ck_assert_int_eq(mien_members_summarise(members, &figures, NULL), MIEN_OK);
    ck_assert_double_eq_tol(figures.accuracy, 1, 1e-15);
    ck_assert_double_eq_tol(figures.log_loss, -log(0.8), 1e-12);
    ck_assert(isnan(figures.adds_accuracy) && isnan(figures.adds_log_loss));
    ck_assert(isnan(figures.accuracy_interval.low) && isnan(figures.log_loss_interval.high));
    mien_members_free(members);
    mien_members_free(NULL);
}
END_TEST

int main(void) {
    Suite *const suite = suite_create("members");
    TCase *const cases = tcase_create("members");
    tcase_add_test(cases, figures_are_those_counted_by_hand);
    tcase_add_test(cases, intervals_are_those_of_models_compared_in_pairs);
    tcase_add_test(cases, the_only_member_adds_nothing_that_could_be_said);
    suite_add_tcase(suite, cases);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
