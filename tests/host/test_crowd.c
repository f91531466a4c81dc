// SPDX-License-Identifier: Apache-2.0
// What votes say about a data set, counted by hand.
#include "host/evaluation/crowd.h"
#include "host/evaluation/scores.h"
#include "support/folder.h"
#include "support/torture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char table[] =
    "file,label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface\n"
    "test/angry/1.png,angry,0,0,0,4,6,0,0,0,0,0\n" // angry, by a majority
    "test/angry/2.png,angry,5,0,0,0,5,0,0,0,0,0\n" // half is no majority; angry of those that count
    "test/angry/3.png,angry,9,0,0,0,0,0,0,1,0,0\n" // nobody saw any of the two
    "test/sad/1.png,sad,0,0,0,2,7,0,0,0,0,0\n"     // nine votes, and not the label
    "test/sad/2.png,sad,0,0,0,3,3,0,0,0,4,0\n"     // even
    "test/sad/9.png,sad,0,0,0,9,0,0,0,0,0,0\n";    // not in the data set

static const char *const classes[] = {"angry", "sad"};

static char *folder, path[512];
static mien_index pictures;
static mien_votes *votes;

static void set_up(void) {
    static const char *const names[] = {"angry/1.png", "angry/2.png", "angry/3.png",
                                        "sad/1.png",   "sad/2.png",   "sad/3.png"};
    folder = make_folder();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        write_file(folder, names[i], "", 0); // an index decodes nothing
    }
    write_file(folder, "votes.csv", table, strlen(table));
    snprintf(path, sizeof path, "%s/votes.csv", folder);
    ck_assert_int_eq(mien_index_read(folder, classes, 2, NULL, &pictures, NULL), MIEN_OK);
    ck_assert_int_eq(mien_votes_read(path, &votes, NULL), MIEN_OK);
}

static void tear_down(void) {
    mien_votes_free(votes);
    mien_index_free(&pictures);
    remove_folder(folder);
}

START_TEST(majorities_and_credit_by_hand) {
    mien_crowd crowd;
    ck_assert_int_eq(mien_crowd_count(votes, &pictures, classes, 2, &crowd, NULL), MIEN_OK);
    const int32_t expected[] = {0, MIEN_NO_MAJORITY, MIEN_NO_MAJORITY,
                                0, MIEN_NO_MAJORITY, MIEN_NO_MAJORITY};
    ck_assert_mem_eq(crowd.majority, expected, sizeof expected);
    ck_assert_uint_eq(crowd.majorities, 2);
    ck_assert_uint_eq(crowd.pictures, 5); // sad/3.png has no votes
    ck_assert_double_eq_tol(crowd.accuracy, (1 + 1 + 0.5 + 0 + 0.5) / 5, 1e-15);
    ck_assert_double_lt(crowd.interval.low, crowd.accuracy);
    ck_assert_double_gt(crowd.interval.high, crowd.accuracy);
    mien_crowd_clear(&crowd);
}
END_TEST

START_TEST(strange_votes_are_refused) {
    static const char *const strange[] = {"angry", "bored"};
    mien_error error = MIEN_ERROR_INIT;
    mien_crowd crowd;
    ck_assert_int_eq(mien_crowd_count(votes, &pictures, strange, 2, &crowd, &error),
                     MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "\"bored\""));

    static const char other[] = "file,neutral,happiness,surprise,sadness,anger,disgust,fear,"
                                "contempt,unknown,nonface\ntest/angry/7.png,1,1,1,1,1,1,1,1,1,1\n";
    write_file(folder, "other.csv", other, strlen(other));
    snprintf(path, sizeof path, "%s/other.csv", folder);
    mien_votes *others;
    ck_assert_int_eq(mien_votes_read(path, &others, NULL), MIEN_OK);
    ck_assert_int_eq(mien_crowd_count(others, &pictures, classes, 2, &crowd, &error),
                     MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "none of the 6 pictures"));
    mien_votes_free(others);
}
END_TEST

/// Counts and scores all pictures, whichever allocation fails.
static mien_status count_and_score(mien_error *error) {
    mien_crowd crowd = {0};
    mien_interval intervals[MIEN_FIGURE_COUNT];
    mien_status status = mien_crowd_count(votes, &pictures, classes, 2, &crowd, error);
    mien_scores *scores = mien_scores_create(2);
    if (status == MIEN_OK && !scores) {
        status = mien_fail_memory(error, "scores");
    }
    for (size_t i = 0; i < pictures.count && status == MIEN_OK; i++) {
        status = mien_scores_add(scores, pictures.items[i].label, (double[]){0.75, 0.25}, error);
    }
    if (status == MIEN_OK) {
        status = mien_scores_intervals(scores, intervals, error);
    }
    mien_scores_free(scores);
    mien_crowd_clear(&crowd);
    return status;
}

START_TEST(any_allocation_may_fail) {
    size_t nth = 1;
    bool failed = true;
    for (; failed; nth++) {
        mien_error error = MIEN_ERROR_INIT;
        const size_t before = torture_live_blocks();
        torture_begin(nth, TORTURE_ONCE);
        const mien_status status = count_and_score(&error);
        failed = torture_end();
        // The C library's qsort() does without.
        ck_assert(status == MIEN_OK || (failed && status == MIEN_OUT_OF_MEMORY));
        ck_assert_uint_eq(torture_live_blocks(), before);
    }
    ck_assert_uint_gt(nth, 8);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("crowd");
    TCase *cases = tcase_create("votes");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, majorities_and_credit_by_hand);
    tcase_add_test(cases, any_allocation_may_fail);
    tcase_add_test(cases, strange_votes_are_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
