// SPDX-License-Identifier: Apache-2.0
// Figures of classifiers: by hand, and against scikit-learn and numpy
// (tests/reference/make_scores.py).
#include "host/evaluation/scores.h"
#include "support/expectation.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <yyjson.h>

enum { CASES = 3, MOST_CLASSES = 8 };
static const double tolerance = 1e-12; // both are sums of doubles, in another order

static void add(mien_scores *scores, size_t label, const double *probabilities) {
    ck_assert_int_eq(mien_scores_add(scores, label, probabilities, NULL), MIEN_OK);
}

START_TEST(four_pictures_by_hand) {
    static const double probabilities[][2] = {{0.9, 0.1}, {0.6, 0.4}, {0.5, 0.5}, {0.2, 0.8}};
    static const size_t labels[] = {0, 1, 0, 1}; // the second is wrong, the third a tie
    mien_scores *scores = mien_scores_create(2);
    ck_assert_ptr_nonnull(scores);
    for (size_t i = 0; i < 4; i++) {
        add(scores, labels[i], probabilities[i]);
    }
    double figures[MIEN_FIGURE_COUNT];
    mien_class_scores classes[2];
    mien_reliability_bin bins[MIEN_RELIABILITY_BINS];
    size_t matrix[4];
    mien_scores_summarise(scores, figures, classes, bins);
    mien_scores_confusion(scores, matrix);

    ck_assert_uint_eq(mien_scores_pictures(scores), 4);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_ACCURACY], 3.0 / 4, tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_BALANCED_ACCURACY], (1 + 0.5) / 2, tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_MACRO_F1], (4.0 / 5 + 2.0 / 3) / 2, tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_LOG_LOSS], -log(0.9 * 0.4 * 0.5 * 0.8) / 4,
                            tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_BRIER], 2 * (0.01 + 0.36 + 0.25 + 0.04) / 4,
                            tolerance);
    // A bin each: 0.1 + 0.6 + 0.5 + 0.2 off.
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_CALIBRATION_ERROR], 1.4 / 4, tolerance);
    ck_assert_uint_eq(bins[13].pictures, 1); // 0.9 of 15 is 13.5
    ck_assert_uint_eq(bins[8].pictures, 1);  // 0.6 is the upper edge of 0.533 to 0.6
    ck_assert_uint_eq(bins[0].pictures, 0);
    ck_assert_double_nan(bins[0].accuracy);
    ck_assert_double_eq_tol(classes[0].precision, 2.0 / 3, tolerance);
    ck_assert_double_eq_tol(classes[1].recall, 1.0 / 2, tolerance);
    const size_t expected[] = {2, 0, 1, 1};
    ck_assert_mem_eq(matrix, expected, sizeof expected);
    mien_scores_free(scores);
}
END_TEST

START_TEST(certainty_has_bounds) {
    mien_scores *scores = mien_scores_create(3);
    ck_assert_ptr_nonnull(scores);
    add(scores, 0, (const double[]){0, 1, 0});
    double figures[MIEN_FIGURE_COUNT];
    mien_class_scores classes[3];
    mien_scores_summarise(scores, figures, classes, NULL);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_LOG_LOSS], -log(DBL_EPSILON), tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_BRIER], 2, tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_CALIBRATION_ERROR], 1, tolerance);
    // The third class neither bears a picture nor was an answer: no share of it, no part in means.
    ck_assert_double_nan(classes[2].precision);
    ck_assert_double_nan(classes[2].recall);
    ck_assert_double_nan(classes[2].f1);
    ck_assert_double_nan(classes[1].recall);
    ck_assert_double_eq_tol(classes[1].precision, 0, tolerance);
    ck_assert_double_eq_tol(figures[MIEN_FIGURE_MACRO_F1], 0, tolerance);
    mien_scores_free(scores);
}
END_TEST

/// All resamples of pictures that are all right are alike, and so are most of two pictures; neither
/// is certain.
START_TEST(accuracies_that_a_bootstrap_cannot_judge_have_exact_intervals) {
    static const struct {
        size_t right, wrong;
        double low, high;
    } cases[] = {
        // scipy.stats.binomtest(RIGHT, ALL).proportion_ci(method="exact")
        {2, 0, 0.15811388300841897, 1},
        {1, 1, 0.012579117093425268, 0.9874208829065747},
        {0, 40, 0, 0.08809730287880235},
        {40, 0, 0.9119026971211976, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_interval intervals[MIEN_FIGURE_COUNT];
        mien_scores *scores = mien_scores_create(2);
        ck_assert_ptr_nonnull(scores);
        for (size_t k = 0; k < cases[i].right + cases[i].wrong; k++) {
            add(scores, k >= cases[i].right, (const double[]){0.9, 0.1});
        }
        ck_assert_int_eq(mien_scores_intervals(scores, intervals, NULL), MIEN_OK);
        ck_assert_double_eq_tol(intervals[MIEN_FIGURE_ACCURACY].low, cases[i].low, 1e-9);
        ck_assert_double_eq_tol(intervals[MIEN_FIGURE_ACCURACY].high, cases[i].high, 1e-9);
        mien_scores_free(scores);
    }
}
END_TEST

START_TEST(nothing_has_no_figures) {
    mien_scores *scores = mien_scores_create(2);
    ck_assert_ptr_nonnull(scores);
    double figures[MIEN_FIGURE_COUNT];
    mien_interval intervals[MIEN_FIGURE_COUNT];
    mien_scores_summarise(scores, figures, NULL, NULL);
    for (int i = 0; i < MIEN_FIGURE_COUNT; i++) {
        ck_assert_double_nan(figures[i]);
    }
    ck_assert_int_eq(mien_scores_intervals(scores, intervals, NULL), MIEN_INVALID_ARGUMENT);
    mien_scores_free(scores);
}
END_TEST

/// A resample's figures are its first pick, and NAN wherever that is odd.
static void first_pick(const void *context, const size_t *picks, size_t count, double *figures) {
    (void)context;
    size_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = picks[i] > largest ? picks[i] : largest;
    }
    ck_assert_uint_lt(largest, count); // once: Check notes every assertion in a file
    figures[0] = (double)picks[0];
    figures[1] = picks[0] % 2 ? (double)NAN : (double)picks[0];
    figures[2] = (double)NAN;
}

START_TEST(intervals_leave_out_what_is_not_there) {
    mien_interval intervals[3];
    ck_assert_int_eq(mien_bootstrap(first_pick, NULL, 1000, intervals, 3, NULL), MIEN_OK);
    // 1000 even draws from 0 to 999: the 2.5th percentile is 25, give or take four deviations of 5.
    for (int i = 0; i < 2; i++) {
        ck_assert_double_eq_tol(intervals[i].low, 25, 20 * (1 + i));
        ck_assert_double_eq_tol(intervals[i].high, 975, 20 * (1 + i));
    }
    ck_assert_double_nan(intervals[2].low);
    ck_assert_double_nan(intervals[2].high);
}
END_TEST

START_TEST(the_mean_of_a_constant_is_certain) {
    const double values[] = {0.5, 0.5, 0.5};
    mien_interval interval;
    ck_assert_int_eq(mien_bootstrap_mean(values, 3, &interval, NULL), MIEN_OK);
    ck_assert_double_eq_tol(interval.low, 0.5, tolerance);
    ck_assert_double_eq_tol(interval.high, 0.5, tolerance);
}
END_TEST

// --- Against scikit-learn ------------------------------------------------------------------------

static double number(yyjson_val *array, size_t index) {
    yyjson_val *value = yyjson_arr_get(array, index);
    return yyjson_is_null(value) ? (double)NAN : yyjson_get_num(value);
}

static void expect_near(double got, double expected, const char *what, size_t index) {
    ck_assert_msg(fabs(got - expected) <= tolerance || (isnan(got) && isnan(expected)),
                  "%s %zu is %.17g; scikit-learn says %.17g", what, index, got, expected);
}

static void expect_classes(const mien_scores *scores, const mien_class_scores *classes,
                           yyjson_val *expected) {
    size_t count = mien_scores_classes(scores), matrix[MOST_CLASSES * MOST_CLASSES];
    mien_scores_confusion(scores, matrix);
    for (size_t i = 0; i < count; i++) {
        expect_near(classes[i].precision, number(yyjson_obj_get(expected, "precision"), i),
                    "precision", i);
        expect_near(classes[i].recall, number(yyjson_obj_get(expected, "recall"), i), "recall", i);
        expect_near(classes[i].f1, number(yyjson_obj_get(expected, "f1"), i), "F1", i);
        expect_near((double)classes[i].pictures, number(yyjson_obj_get(expected, "pictures"), i),
                    "pictures", i);
    }
    for (size_t i = 0; i < count * count; i++) {
        expect_near((double)matrix[i], number(yyjson_obj_get(expected, "confusion"), i),
                    "confusion", i);
    }
}

static void expect_bins(const mien_reliability_bin *bins, yyjson_val *expected) {
    for (size_t i = 0; i < MIEN_RELIABILITY_BINS; i++) {
        yyjson_val *bin = yyjson_arr_get(expected, i);
        expect_near((double)bins[i].pictures, number(bin, 0), "pictures of bin", i);
        expect_near(bins[i].confidence, number(bin, 1), "confidence of bin", i);
        expect_near(bins[i].accuracy, number(bin, 2), "accuracy of bin", i);
    }
}

START_TEST(figures_are_those_of_scikit_learn) {
    char *path = source_path("tests/fixtures/reference/scores.json");
    yyjson_doc *document = yyjson_read_file(path, 0, NULL, NULL);
    ck_assert_msg(document != NULL, "%s cannot be read", path);
    yyjson_val *cases = yyjson_obj_get(yyjson_doc_get_root(document), "cases");
    ck_assert_uint_eq(yyjson_arr_size(cases), CASES);
    yyjson_val *expected = yyjson_arr_get(cases, (size_t)_i);
    size_t count = yyjson_get_uint(yyjson_obj_get(expected, "classes"));
    yyjson_val *labels = yyjson_obj_get(expected, "labels"),
               *flat = yyjson_obj_get(expected, "probabilities");
    mien_scores *scores = mien_scores_create(count);
    ck_assert_ptr_nonnull(scores);
    for (size_t i = 0; i < yyjson_arr_size(labels); i++) {
        double probabilities[MOST_CLASSES];
        for (size_t k = 0; k < count; k++) {
            probabilities[k] = number(flat, i * count + k);
        }
        add(scores, yyjson_get_uint(yyjson_arr_get(labels, i)), probabilities);
    }
    double figures[MIEN_FIGURE_COUNT];
    mien_interval intervals[MIEN_FIGURE_COUNT];
    mien_class_scores classes[MOST_CLASSES];
    mien_reliability_bin bins[MIEN_RELIABILITY_BINS];
    mien_scores_summarise(scores, figures, classes, bins);
    ck_assert_int_eq(mien_scores_intervals(scores, intervals, NULL), MIEN_OK);
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        yyjson_val *interval = yyjson_arr_get(yyjson_obj_get(expected, "intervals"), i);
        expect_near(figures[i], number(yyjson_obj_get(expected, "figures"), i), "figure", i);
        expect_near(intervals[i].low, number(interval, 0), "lower end", i);
        expect_near(intervals[i].high, number(interval, 1), "upper end", i);
    }
    expect_classes(scores, classes, expected);
    expect_bins(bins, yyjson_obj_get(expected, "bins"));
    mien_scores_free(scores);
    yyjson_doc_free(document);
    free(path);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scores");
    TCase *hand = tcase_create("by hand");
    tcase_add_test(hand, four_pictures_by_hand);
    tcase_add_test(hand, certainty_has_bounds);
    tcase_add_test(hand, accuracies_that_a_bootstrap_cannot_judge_have_exact_intervals);
    tcase_add_test(hand, nothing_has_no_figures);
    tcase_add_test(hand, intervals_leave_out_what_is_not_there);
    tcase_add_test(hand, the_mean_of_a_constant_is_certain);
    suite_add_tcase(suite, hand);
    TCase *reference = tcase_create("scikit-learn");
    tcase_add_loop_test(reference, figures_are_those_of_scikit_learn, 0, CASES);
    suite_add_tcase(suite, reference);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
