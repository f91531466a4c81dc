// SPDX-License-Identifier: Apache-2.0
// What people read: tables, clean text, numbers, progress, probabilities.
#include "host/cli/exit_code.h"
#include "host/cli/progress.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"
#include "host/probabilities.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(columns_align_by_what_a_terminal_shows) {
    const mien_text_column columns[] = {
        {.title = "NAME"}, {.title = "N", .right = true}, {.title = "NOTE"}};
    mien_text_table *table = mien_text_table_create(columns, 3);
    ck_assert_ptr_nonnull(table);
    mien_text_table_cell(table, MIEN_STYLE_GOOD, "é%s", "ü");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%d", 7);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", "");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "顔文字"); // two columns each
    mien_text_table_cell(table, MIEN_STYLE_BAD, "a long message over the other columns");
    mien_text_table_end_row(table);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "x");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%d", 1234);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "two\nlines");
    char text[1024];
    FILE *file = fmemopen(text, sizeof text, "w");
    ck_assert_int_eq(mien_text_table_write(table, file, NULL), MIEN_OK);
    fclose(file);
    mien_text_table_free(table);
    ck_assert_str_eq(text, "NAME       N  NOTE\n"
                           "éü         7\n"
                           "顔文字  a long message over the other columns\n"
                           "x       1234  two\n");
}
END_TEST

static void expect_clean(const char *text, bool keep_lines, const char *wanted) {
    char *clean = mien_text_clean(text, keep_lines);
    ck_assert_str_eq(clean, wanted);
    free(clean);
}

START_TEST(hostile_text_is_made_harmless) {
    expect_clean("plain é 顔 😀", false, "plain é 顔 😀");
    expect_clean("a\033[31mred", false, "a\uFFFD[31mred");
    expect_clean("a\nb", true, "a\nb");
    expect_clean("a\nb", false, "a\uFFFDb");
    expect_clean("\xC2\x9B", false, "\uFFFD"); // a control character of two bytes
    expect_clean("\xE2\x80\xAE"
                 "abc",
                 false,
                 "\uFFFD"
                 "abc");                                       // right-to-left override
    expect_clean("\xC0\xAF", false, "\uFFFD\uFFFD");           // overlong
    expect_clean("\xED\xA0\x80", false, "\uFFFD\uFFFD\uFFFD"); // surrogate
    expect_clean("\xF5\x80\x80\x80", false, "\uFFFD\uFFFD\uFFFD\uFFFD");
    expect_clean("cut \xE9\xA1", false, "cut \uFFFD\uFFFD");
}
END_TEST

START_TEST(numbers_have_three_digits_and_a_prefix) {
    char text[MIEN_TEXT_NUMBER];
    ck_assert_str_eq(mien_text_count(0, text), "0");
    ck_assert_str_eq(mien_text_count(999, text), "999");
    ck_assert_str_eq(mien_text_count(1000, text), "1.00 k");
    ck_assert_str_eq(mien_text_count(11689512, text), "11.7 M");
    ck_assert_str_eq(mien_text_count(999999, text), "1.00 M");
    ck_assert_str_eq(mien_text_bytes(0, text), "0 B");
    ck_assert_str_eq(mien_text_bytes(44700000, text), "44.7 MB");
    ck_assert_str_eq(mien_text_bytes(UINT64_MAX, text), "18.4 EB");
}
END_TEST

START_TEST(paragraphs_wrap) {
    char text[256];
    FILE *file = fmemopen(text, sizeof text, "w");
    mien_text_wrap(file, "one two three four\n\nnext", 2, 12, false);
    fclose(file);
    ck_assert_str_eq(text, "  one two\n  three four\n\n  next\n");
}
END_TEST

START_TEST(progress_says_rate_and_what_is_left) {
    char text[MIEN_PROGRESS_TEXT];
    ck_assert_str_eq(mien_progress_format(5000, 10000, 10, 120, text),
                     "[############............]  50 %  5000/10000  500/s  0:10 left");
    ck_assert_str_eq(mien_progress_format(1, 10000, 1, 120, text),
                     "[........................]   0 %  1/10000  1.0/s  2:46:39 left");
    ck_assert_str_eq(mien_progress_format(0, 4, 3, 30, text), "[........................]   0");
}
END_TEST

START_TEST(probabilities_are_a_stable_softmax) {
    const float logits[] = {1000, 999, -1000, 1000};
    double got[4];
    mien_probabilities(logits, 4, got);
    double first = 1 / (2 + exp(-1.0));
    ck_assert_double_eq_tol(got[0], first, 1e-12);
    ck_assert_double_eq_tol(got[1], first * exp(-1.0), 1e-12);
    ck_assert_double_eq(got[2], 0);
    size_t order[4];
    mien_top_classes(got, 4, 4, order);
    const size_t wanted[] = {0, 3, 1, 2}; // of equal ones the earlier class first
    ck_assert_mem_eq(order, wanted, sizeof wanted);
    mien_top_classes(got, 4, 2, order);
    ck_assert_mem_eq(order, wanted, 2 * sizeof *wanted);
}
END_TEST

START_TEST(every_status_has_an_exit_code) {
    ck_assert_int_eq(mien_exit_code(MIEN_OK), 0);
    ck_assert_int_eq(mien_exit_code(MIEN_INVALID_ARGUMENT), 2);
    ck_assert_int_eq(mien_exit_code(MIEN_BAD_INPUT), 3);
    ck_assert_int_eq(mien_exit_code(MIEN_NOT_FOUND), 3);
    ck_assert_int_eq(mien_exit_code(MIEN_ABI_MISMATCH), 3);
    ck_assert_int_eq(mien_exit_code(MIEN_IO), 1);
    ck_assert_int_eq(mien_exit_code(MIEN_CANCELLED), 130);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, columns_align_by_what_a_terminal_shows);
    tcase_add_test(tests, hostile_text_is_made_harmless);
    tcase_add_test(tests, numbers_have_three_digits_and_a_prefix);
    tcase_add_test(tests, paragraphs_wrap);
    tcase_add_test(tests, progress_says_rate_and_what_is_left);
    tcase_add_test(tests, probabilities_are_a_stable_softmax);
    tcase_add_test(tests, every_status_has_an_exit_code);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
