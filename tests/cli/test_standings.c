// SPDX-License-Identifier: Apache-2.0
// Standings and judgements of an evaluation made up here.
#include "host/cli/judge.h"
#include "host/cli/standings.h"
#include "support/folder.h"
#include "support/torture.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS = 4, PICTURES = 100 };

/// How many of the pictures each has right, from the first on; the third cannot be asked.
static const size_t right[MODELS] = {60, 90, 0, 88};
static const double latencies[MODELS] = {1, 2, 0, 3};
static const char *const names[MODELS] = {"plain", "best", "broken", "close"};
static const char *classes[] = {"happy", "sad"};

static char *folder;
static mien_labelled pictures[PICTURES];
static size_t used[PICTURES];
static mien_evaluation_row rows[MODELS];
static mien_evaluation evaluation;

static void fill_row(size_t index) {
    mien_evaluation_row *row = &rows[index];
    *row = (mien_evaluation_row){.name = strdup(names[index])};
    ck_assert_ptr_nonnull(row->name);
    if (right[index] == 0) {
        mien_fail(&row->error, MIEN_NOT_FOUND, "no manifest \"broken\"");
        return;
    }
    row->scores = mien_scores_create(2);
    row->classes = calloc(2, sizeof *row->classes);
    ck_assert(row->scores && row->classes);
    for (size_t i = 0; i < PICTURES; i++) {
        double sure = i < right[index] ? 0.75 : 0.125 + (double)i / 1000;
        ck_assert_int_eq(mien_scores_add(row->scores, 0, (double[]){sure, 1 - sure}, NULL),
                         MIEN_OK);
    }
    mien_scores_summarise(row->scores, row->figures, row->classes, row->bins);
    ck_assert_int_eq(mien_scores_intervals(row->scores, row->intervals, NULL), MIEN_OK);
    row->costs = (mien_costs){.measured = true, .p50_ms = latencies[index]};
}

static void set_up(void) {
    folder = make_folder();
    for (size_t i = 0; i < PICTURES; i++) {
        pictures[i].path = i == PICTURES - 1 ? "faces/happy/last.png" : "faces/happy/other.png";
        used[i] = i;
    }
    for (size_t i = 0; i < MODELS; i++) {
        fill_row(i);
    }
    evaluation = (mien_evaluation){.command = "compare",
                                   .dataset = "faces",
                                   .classes = classes,
                                   .class_count = 2,
                                   .index = {.items = pictures, .count = PICTURES},
                                   .rows = rows,
                                   .count = MODELS,
                                   .used = used,
                                   .used_count = PICTURES,
                                   .batch = 1,
                                   .threads = 1};
}

static void tear_down(void) {
    for (size_t i = 0; i < MODELS; i++) {
        mien_scores_free(rows[i].scores);
        free(rows[i].classes);
        free(rows[i].name);
    }
    remove_folder(folder);
}

START_TEST(rows_are_ranked) {
    mien_standings standings;
    ck_assert_int_eq(mien_standings_make(&evaluation, &standings, NULL), MIEN_OK);
    ck_assert_uint_eq(standings.count, 3);
    ck_assert_str_eq(mien_standings_row(&standings, 0)->name, "best");
    ck_assert_str_eq(mien_standings_row(&standings, 1)->name, "close");
    ck_assert_str_eq(mien_standings_row(&standings, 2)->name, "plain");
    const uint32_t ranks[MODELS] = {3, 1, 0, 1};
    const bool front[MODELS] = {true, true, false, false};
    for (size_t i = 0; i < MODELS; i++) {
        ck_assert_uint_eq(rows[i].rank, ranks[i]);
        ck_assert_int_eq(rows[i].front, front[i]);
    }
    // Two alone against none: P is 1/2, and it takes four hundred pictures and more.
    ck_assert_double_eq_tol(standings.pairs[0].p, 0.5, 1e-12);
    ck_assert_double_gt(standings.missing, 300);
    ck_assert_double_eq_tol(mien_standings_level(&standings), 0.05 / 3, 1e-12);
    mien_standings_clear(&standings);
}
END_TEST

START_TEST(disagreements_name_their_pictures) {
    mien_standings standings;
    ck_assert_int_eq(mien_standings_make(&evaluation, &standings, NULL), MIEN_OK);
    ck_assert_uint_eq(standings.disputed, 30); // from the 60th to the 89th
    // The surest mistake beside a right answer of 0.75 comes first: the earliest.
    ck_assert_uint_eq(standings.disagreements[0].picture, 60);
    ck_assert_double_eq_tol(standings.disagreements[0].confidence, 0.75, 1e-12);
    ck_assert_str_eq(mien_standings_picture(&standings, 0), "faces/happy/other.png");
    ck_assert_uint_eq(mien_standings_answer(&standings, 0, 0).answer, 0);
    ck_assert_uint_eq(mien_standings_answer(&standings, 2, 0).answer, 1);
    mien_standings_clear(&standings);
}
END_TEST

START_TEST(nothing_scored_is_no_standing) {
    mien_standings standings;
    evaluation.rows = &rows[2];
    evaluation.count = 1;
    ck_assert_int_eq(mien_standings_make(&evaluation, &standings, NULL), MIEN_OK);
    ck_assert_uint_eq(standings.count, 0);
    ck_assert_uint_eq(standings.disputed, 0);
    ck_assert_double_nan(standings.missing);
    mien_standings_clear(&standings);
}
END_TEST

/// Ranks, judges by a baseline that is there already, and writes a report.
static mien_status rank_and_judge(const mien_judge_options *options, FILE *sink,
                                  mien_error *error) {
    mien_standings standings = {0};
    mien_judge *judge = NULL;
    bool passed = false;
    mien_status status = mien_judge_create(options, &(mien_judge_grounds){0}, &judge, error);
    if (status == MIEN_OK) {
        status = mien_standings_make(&evaluation, &standings, error);
    }
    if (status == MIEN_OK) {
        status = mien_standings_write_text(&standings, 3, sink, error);
    }
    if (status == MIEN_OK) {
        status = mien_judge_run(judge, &evaluation, &passed, error);
    }
    if (status == MIEN_OK && !passed) {
        status = MIEN_INTERNAL;
    }
    mien_standings_clear(&standings);
    mien_judge_free(judge);
    return status;
}

START_TEST(any_allocation_may_fail) {
    char table[512], report[512];
    const char *fail_if[] = {"accuracy < 0.1", NULL};
    snprintf(table, sizeof table, "%s/table.csv", folder);
    snprintf(report, sizeof report, "%s/report.xml", folder);
    ck_assert_int_eq(mien_evaluation_append_csv(&evaluation, table, true, NULL), MIEN_OK);
    const mien_judge_options options = {
        .fail_if = {fail_if, 1}, .baseline = table, .junit = report, .significant = true};
    FILE *sink = fopen("/dev/null", "w");
    ck_assert_ptr_nonnull(sink);
    size_t nth = 1;
    bool failed = true;
    for (; failed; nth++) {
        mien_error error = MIEN_ERROR_INIT;
        const size_t before = torture_live_blocks();
        torture_begin(nth, TORTURE_ONCE);
        const mien_status status = rank_and_judge(&options, sink, &error);
        failed = torture_end();
        // The C library does without some; a file that cannot be opened for want of memory is IO.
        ck_assert_msg(status == MIEN_OK ||
                          (failed && (status == MIEN_OUT_OF_MEMORY || status == MIEN_IO)),
                      "allocation %zu: %d, %s", nth, status, error.message);
        ck_assert(torture_live_blocks() <= before || nth == 1); // the sink gets its buffer at first
    }
    ck_assert_uint_gt(nth, 40);
    fclose(sink);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("standings");
    TCase *cases = tcase_create("standings");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, rows_are_ranked);
    tcase_add_test(cases, disagreements_name_their_pictures);
    tcase_add_test(cases, nothing_scored_is_no_standing);
    tcase_add_test(cases, any_allocation_may_fail);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
