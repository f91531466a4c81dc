// SPDX-License-Identifier: Apache-2.0
// Paired tests, corrections and ranks: by hand, and against scipy and numpy
// (tests/reference/make_statistics.py).
#include "host/statistics/disagreement.h"
#include "host/statistics/diversity.h"
#include "host/statistics/fisher.h"
#include "host/statistics/holm.h"
#include "host/statistics/mcnemar.h"
#include "host/statistics/paired.h"
#include "host/statistics/pairs.h"
#include "host/statistics/share.h"
#include "support/expectation.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum { MOST = 64 };

/// scipy sums otherwise than GSL, which is off by 2e-10 where it sums over sixty thousand
/// pictures.
static const double relative = 1e-9;

static void expect(double got, double expected, const char *what, size_t index) {
    ck_assert_msg(fabs(got - expected) <= relative * fabs(expected), "%s %zu: %.17g, not %.17g",
                  what, index, got, expected);
}

static yyjson_doc *read_reference(void) {
    char *path = source_path("tests/fixtures/reference/statistics.json");
    yyjson_doc *document = yyjson_read_file(path, 0, NULL, NULL);
    ck_assert_ptr_nonnull(document);
    free(path);
    return document;
}

/// Reads rows of numbers; returns how many rows.
static size_t read_rows(yyjson_doc *document, const char *key, size_t columns,
                        double rows[MOST][5]) {
    yyjson_val *array = yyjson_obj_get(yyjson_doc_get_root(document), key);
    size_t count = yyjson_arr_size(array);
    ck_assert(count > 0 && count <= MOST);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(yyjson_arr_size(yyjson_arr_get(array, i)), columns);
        for (size_t k = 0; k < columns; k++) {
            rows[i][k] = yyjson_get_num(yyjson_arr_get(yyjson_arr_get(array, i), k));
        }
    }
    return count;
}

START_TEST(mcnemar_is_scipys) {
    double rows[MOST][5];
    yyjson_doc *document = read_reference();
    size_t count = read_rows(document, "mcnemar", 3, rows);
    for (size_t i = 0; i < count; i++) {
        expect(mien_mcnemar((uint32_t)rows[i][0], (uint32_t)rows[i][1]), rows[i][2], "McNemar", i);
    }
    yyjson_doc_free(document);
    // tools/debian python3 -c 'print(2 * sum(__import__("math").comb(12, k) for k in range(4)) /
    // 2**12)'
    ck_assert_double_eq_tol(mien_mcnemar(3, 9), 0.14599609375, 1e-15);
}
END_TEST

START_TEST(counts_of_any_size_have_a_p_value) {
    static const uint32_t counts[] = {0, 1, 1000000, 2000000000};
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            double p = mien_mcnemar(counts[i], counts[k]);
            ck_assert(p >= 0 && p <= 1 && (counts[i] != counts[k] || p == 1));
        }
    }
}
END_TEST

START_TEST(intervals_of_shares_are_scipys) {
    double rows[MOST][5];
    yyjson_doc *document = read_reference();
    size_t count = read_rows(document, "shares", 4, rows);
    for (size_t i = 0; i < count; i++) {
        const mien_interval interval = mien_share_interval(rows[i][0], (size_t)rows[i][1]);
        expect(interval.low, rows[i][2], "lower end", i);
        expect(interval.high, rows[i][3], "upper end", i);
    }
    yyjson_doc_free(document);
}
END_TEST

START_TEST(intervals_of_differences_are_those_of_the_likelihood) {
    double rows[MOST][5];
    yyjson_doc *document = read_reference();
    size_t count = read_rows(document, "paired", 5, rows);
    for (size_t i = 0; i < count; i++) {
        const mien_interval interval =
            mien_paired_interval((uint32_t)rows[i][0], (uint32_t)rows[i][1], (size_t)rows[i][2]);
        ck_assert_double_eq_tol(interval.low, rows[i][3], 1e-8);
        ck_assert_double_eq_tol(interval.high, rows[i][4], 1e-8);
    }
    yyjson_doc_free(document);
}
END_TEST

// Fagerland, Lydersen and Laake, 2014, "Recommended tests and confidence intervals for paired
// binomial proportions", Statistics in Medicine 33(16): 21 children's airways, Tango's interval.
START_TEST(the_interval_of_a_published_example) {
    const mien_interval interval = mien_paired_interval(1, 7, 21);
    ck_assert_double_eq_tol(interval.low, -0.517, 5e-4);
    ck_assert_double_eq_tol(interval.high, -0.026, 5e-4);
}
END_TEST

/// No picture has one model alone right: by hand, δ = ± z² / (N + z²).
START_TEST(no_difference_seen_is_not_none) {
    const double square = 1.959963984540054 * 1.959963984540054;
    static const size_t sizes[] = {1, 4, 1981, 4000000000};
    for (size_t i = 0; i < 4; i++) {
        const mien_interval interval = mien_paired_interval(0, 0, sizes[i]);
        expect(interval.high, square / ((double)sizes[i] + square), "nothing seen", i);
        expect(interval.low, -interval.high, "either way", i);
    }
    const mien_interval all = mien_paired_interval(9, 0, 9), none = mien_paired_interval(0, 9, 9);
    ck_assert_double_eq(all.high, 1);
    ck_assert_double_eq(none.low, -1);
    ck_assert_double_eq_tol(all.low, -none.high, 1e-12);
}
END_TEST

/// Where few pictures tell two models apart the score interval stands, else the bootstrap's.
START_TEST(pairs_have_the_interval_that_can_say) {
    enum { MANY = 200 };
    uint8_t right[2 * MANY];
    mien_pair pair;
    for (uint32_t few = 0; few <= MIEN_PAIRED_FEW; few += MIEN_PAIRED_FEW / 2) {
        for (size_t i = 0; i < MANY; i++) {
            right[2 * i] = 1;
            right[2 * i + 1] = i >= few;
        }
        ck_assert_int_eq(mien_pairs_compare(right, 2, MANY, &pair, NULL), MIEN_OK);
        ck_assert_uint_eq(pair.first_only, few);
        const mien_interval score = mien_paired_interval(few, 0, MANY);
        const bool same = pair.interval.low == score.low && pair.interval.high == score.high;
        ck_assert_int_eq(same, few < MIEN_PAIRED_FEW);
    }
}
END_TEST

START_TEST(drops_are_scipys) {
    double rows[MOST][5];
    yyjson_doc *document = read_reference();
    size_t count = read_rows(document, "drops", 5, rows);
    for (size_t i = 0; i < count; i++) {
        double p = mien_fisher_drop((uint32_t)rows[i][0], (uint32_t)rows[i][1],
                                    (uint32_t)rows[i][2], (uint32_t)rows[i][3]);
        expect(p, rows[i][4], "drop", i);
    }
    yyjson_doc_free(document);
    ck_assert_double_eq_tol(mien_fisher_drop(0, 0, 5, 10), 1, 1e-15);
    ck_assert_double_eq_tol(mien_fisher_drop(5, 10, 0, 0), 1, 1e-15);
}
END_TEST

START_TEST(needed_pictures_are_scipys) {
    double rows[MOST][5];
    yyjson_doc *document = read_reference();
    size_t count = read_rows(document, "needed", 5, rows);
    for (size_t i = 0; i < count; i++) {
        expect(mien_mcnemar_pictures(rows[i][0], rows[i][1], rows[i][2], rows[i][3]), rows[i][4],
               "pictures", i);
        expect(mien_mcnemar_pictures(rows[i][1], rows[i][0], rows[i][2], rows[i][3]), rows[i][4],
               "pictures, turned round", i);
    }
    yyjson_doc_free(document);
    ck_assert(isinf(mien_mcnemar_pictures(0.1, 0.1, 0.05, 0.8)));
    ck_assert(isinf(mien_mcnemar_pictures(0, 0, 0.05, 0.8)));
}
END_TEST

static void expect_holm(yyjson_val *family) {
    yyjson_val *values = yyjson_obj_get(family, "values");
    double p[MOST];
    size_t count = yyjson_arr_size(values);
    ck_assert_uint_le(count, MOST);
    for (size_t i = 0; i < count; i++) {
        p[i] = yyjson_get_num(yyjson_arr_get(values, i));
    }
    ck_assert_int_eq(mien_holm(p, count, p, NULL), MIEN_OK);
    for (size_t i = 0; i < count; i++) {
        expect(p[i], yyjson_get_num(yyjson_arr_get(yyjson_obj_get(family, "adjusted"), i)), "Holm",
               i);
    }
}

START_TEST(holm_is_the_closed_test) {
    yyjson_doc *document = read_reference();
    yyjson_val *families = yyjson_obj_get(yyjson_doc_get_root(document), "holm");
    ck_assert_uint_ge(yyjson_arr_size(families), 4);
    for (size_t i = 0; i < yyjson_arr_size(families); i++) {
        expect_holm(yyjson_arr_get(families, i));
    }
    yyjson_doc_free(document);
    ck_assert_int_eq(mien_holm(NULL, 0, NULL, NULL), MIEN_OK);
}
END_TEST

static double number(yyjson_val *object, const char *key, size_t index) {
    return yyjson_get_num(yyjson_arr_get(yyjson_obj_get(object, key), index));
}

START_TEST(pairs_are_numpys) {
    yyjson_doc *document = read_reference();
    yyjson_val *expected = yyjson_obj_get(yyjson_doc_get_root(document), "comparison");
    size_t models = yyjson_get_uint(yyjson_obj_get(expected, "models"));
    size_t pictures = yyjson_get_uint(yyjson_obj_get(expected, "pictures"));
    size_t count = mien_pairs_count(models);
    ck_assert(models == 4 && count == 6 && pictures == 150);
    uint8_t right[4 * 150];
    for (size_t i = 0; i < models * pictures; i++) {
        right[i] = (uint8_t)number(expected, "right", i);
    }
    mien_pair pairs[6];
    ck_assert_int_eq(mien_pairs_compare(right, models, pictures, pairs, NULL), MIEN_OK);
    for (size_t i = 0; i < count; i++) {
        yyjson_val *alone = yyjson_arr_get(yyjson_obj_get(expected, "alone"), i);
        yyjson_val *interval = yyjson_arr_get(yyjson_obj_get(expected, "intervals"), i);
        ck_assert_uint_eq(pairs[i].first_only, yyjson_get_uint(yyjson_arr_get(alone, 0)));
        ck_assert_uint_eq(pairs[i].second_only, yyjson_get_uint(yyjson_arr_get(alone, 1)));
        expect(pairs[i].p, number(expected, "p", i), "p", i);
        expect(pairs[i].adjusted, number(expected, "adjusted", i), "adjusted p", i);
        ck_assert_double_eq_tol(pairs[i].difference, number(expected, "differences", i), 1e-12);
        const bool few = mien_paired_is_few(pairs[i].first_only, pairs[i].second_only);
        const double tolerance = few ? 1e-8 : 1e-12;
        ck_assert_double_eq_tol(pairs[i].interval.low, yyjson_get_num(yyjson_arr_get(interval, 0)),
                                tolerance);
        ck_assert_double_eq_tol(pairs[i].interval.high, yyjson_get_num(yyjson_arr_get(interval, 1)),
                                tolerance);
        const mien_pair *found = mien_pairs_find(pairs, models, pairs[i].second, pairs[i].first);
        ck_assert_ptr_eq(found, &pairs[i]);
    }
    uint32_t ranks[4];
    mien_pairs_rank(pairs, models, ranks);
    const uint32_t sports[] = {1, 1, 1, 4};
    ck_assert_mem_eq(ranks, sports, sizeof sports);
    yyjson_doc_free(document);
}
END_TEST

START_TEST(a_chain_of_ties_is_cut_at_its_leader) {
    // 0 ties with 1, and 1 with 2, but 0 beats 2.
    const mien_pair pairs[] = {{.first = 0, .second = 1, .adjusted = 0.4},
                               {.first = 0, .second = 2, .adjusted = 0.01},
                               {.first = 1, .second = 2, .adjusted = 0.3}};
    uint32_t ranks[3];
    mien_pairs_rank(pairs, 3, ranks);
    const uint32_t expected[] = {1, 1, 3};
    ck_assert_mem_eq(ranks, expected, sizeof expected);
    mien_pairs_rank(NULL, 1, ranks);
    ck_assert_uint_eq(ranks[0], 1);
}
END_TEST

START_TEST(no_pictures_are_refused) {
    mien_pair pair;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_pairs_compare(NULL, 2, 0, &pair, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_pairs_compare(NULL, 1, 0, NULL, &error), MIEN_OK);
    ck_assert_int_eq(mien_pairs_compare(NULL, 0, 0, NULL, &error), MIEN_OK);
}
END_TEST

START_TEST(the_front_has_what_nothing_beats) {
    const double none = (double)NAN;
    const double accuracy[] = {0.9, 0.8, 0.8, 0.7, 0.9, none, 0.1};
    const double latency[] = {2.0, 1.0, 1.5, 3.0, 2.0, 0.1, none};
    const bool expected[] = {true, true, false, false, true, false, false};
    bool front[7];
    mien_pareto_front(accuracy, latency, 7, front);
    for (size_t i = 0; i < 7; i++) {
        ck_assert_msg(front[i] == expected[i], "model %zu", i);
    }
}
END_TEST

// --- Disagreements -------------------------------------------------------------------------------

enum { ASKED = 3, SHOWN = 4 };
static const mien_answer answers[SHOWN][ASKED] = {
    {{0, 0, 0.9}, {0, 0, 0.8}, {0, 0, 0.7}},    // of one mind
    {{0, 1, 0.9}, {0, 0, 0.6}, {0, 2, 0.7}},    // 0.7
    {{0, 1, 0.99}, {0, 1, 0.98}, {0, 2, 0.95}}, // 0.95
    {{0, 1, 0.5}, {0, 2, 0.7}, {0, 2, 0.6}},    // 0.5
};

static mien_answer look_up(const void *context, size_t model, size_t picture) {
    (void)context;
    return answers[picture][model];
}

START_TEST(the_surest_contradictions_come_first) {
    mien_disagreement *list;
    size_t found;
    ck_assert_int_eq(mien_disagreements_find(look_up, NULL, ASKED, SHOWN, &list, &found, NULL),
                     MIEN_OK);
    ck_assert_uint_eq(found, 3);
    ck_assert_uint_eq(list[0].picture, 2);
    ck_assert_double_eq_tol(list[0].confidence, 0.95, 1e-15);
    ck_assert_uint_eq(list[1].picture, 1);
    ck_assert_double_eq_tol(list[1].confidence, 0.7, 1e-15);
    ck_assert_uint_eq(list[2].picture, 3);
    ck_assert_double_eq_tol(list[2].confidence, 0.5, 1e-15);
    free(list);
    ck_assert_int_eq(mien_disagreements_find(look_up, NULL, 1, SHOWN, &list, &found, NULL),
                     MIEN_OK);
    ck_assert_uint_eq(found, 0);
    free(list);
}
END_TEST

// --- Diversity -----------------------------------------------------------------------------------

START_TEST(q_is_scipys) {
    double rows[MOST][5];
    yyjson_doc *document = read_reference();
    size_t count = read_rows(document, "diversity", 5, rows);
    for (size_t i = 0; i < count; i++) {
        const mien_diversity pair = {.both = (size_t)rows[i][0],
                                     .first_only = (size_t)rows[i][1],
                                     .second_only = (size_t)rows[i][2],
                                     .neither = (size_t)rows[i][3]};
        expect(mien_diversity_q(&pair), rows[i][4], "Q", i);
    }
    yyjson_doc_free(document);
}
END_TEST

START_TEST(means_leave_out_pairs_without_the_figure) {
    const mien_diversity pairs[] = {
        // (3 · 4 − 1 · 2) / (3 · 4 + 1 · 2); 3 of 10 differ, and one more where both are wrong
        {.both = 3, .first_only = 1, .second_only = 2, .neither = 4, .differ = 4},
        {.both = 1, .first_only = 4, .second_only = 4, .neither = 1, .differ = 9}, // (1 − 16) / 17
        {.both = 7, .first_only = 3, .differ = 3}, // the first is always right
        {.neither = 10, .differ = 2},              // both never are
    };
    ck_assert_double_eq_tol(mien_diversity_q(&pairs[0]), 10.0 / 14, 1e-15);
    ck_assert_double_eq_tol(mien_diversity_disagreement(&pairs[0]), 0.4, 1e-15);
    ck_assert_double_eq_tol(mien_diversity_q(&pairs[1]), -15.0 / 17, 1e-15);
    ck_assert(isnan(mien_diversity_q(&pairs[2])) && isnan(mien_diversity_q(&pairs[3])));
    double disagreement, q;
    mien_diversity_means(pairs, 4, &disagreement, &q);
    ck_assert_double_eq_tol(disagreement, (0.4 + 0.9 + 0.3 + 0.2) / 4, 1e-15);
    ck_assert_double_eq_tol(q, (10.0 / 14 - 15.0 / 17) / 2, 1e-15);
    mien_diversity_means(pairs + 2, 2, &disagreement, &q);
    ck_assert_double_eq_tol(disagreement, 0.25, 1e-15);
    ck_assert(isnan(q));
    mien_diversity_means(NULL, 0, &disagreement, &q);
    ck_assert(isnan(disagreement) && isnan(q));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("statistics");
    TCase *tests = tcase_create("tests");
    tcase_add_test(tests, mcnemar_is_scipys);
    tcase_add_test(tests, counts_of_any_size_have_a_p_value);
    tcase_add_test(tests, intervals_of_shares_are_scipys);
    tcase_add_test(tests, intervals_of_differences_are_those_of_the_likelihood);
    tcase_add_test(tests, the_interval_of_a_published_example);
    tcase_add_test(tests, no_difference_seen_is_not_none);
    tcase_add_test(tests, pairs_have_the_interval_that_can_say);
    tcase_add_test(tests, drops_are_scipys);
    tcase_add_test(tests, needed_pictures_are_scipys);
    tcase_add_test(tests, holm_is_the_closed_test);
    suite_add_tcase(suite, tests);
    TCase *pairs = tcase_create("pairs");
    tcase_add_test(pairs, pairs_are_numpys);
    tcase_add_test(pairs, a_chain_of_ties_is_cut_at_its_leader);
    tcase_add_test(pairs, no_pictures_are_refused);
    tcase_add_test(pairs, the_front_has_what_nothing_beats);
    tcase_add_test(pairs, the_surest_contradictions_come_first);
    tcase_add_test(pairs, q_is_scipys);
    tcase_add_test(pairs, means_leave_out_pairs_without_the_figure);
    suite_add_tcase(suite, pairs);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
