// SPDX-License-Identifier: Apache-2.0
// Tables on terminals of several widths.
#include "host/cli/text_table.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/// What a terminal of that many columns gets to see, without its carriage returns.
static const char *on_terminal(unsigned short width, const mien_text_table *table) {
    static char seen[4096];
    const int screen = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(screen, 0);
    ck_assert_int_eq(grantpt(screen), 0);
    ck_assert_int_eq(unlockpt(screen), 0);
    const struct winsize size = {.ws_row = 24, .ws_col = width};
    ck_assert_int_eq(ioctl(screen, TIOCSWINSZ, &size), 0);
    FILE *const file = fopen(ptsname(screen), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(mien_text_table_write(table, file, NULL), MIEN_OK);
    ck_assert_int_eq(fclose(file), 0);
    size_t kept = 0;
    while (kept + 1 < sizeof seen && read(screen, &seen[kept], 1) == 1) {
        kept += seen[kept] != '\r';
    }
    seen[kept] = '\0';
    close(screen);
    return seen;
}

static mien_text_table *make_table(void) {
    static const mien_text_column columns[] = {
        {.title = "NAME"},
        {.title = "BYTES", .right = true, .may_go = true},
        {.title = "STATE"},
        {.title = "SUMMARY", .shrinks = true, .may_go = true},
    };
    mien_text_table *const table = mien_text_table_create(columns, 4);
    ck_assert_ptr_nonnull(table);
    static const char *const cells[] = {"one", "12", "ready", "eighteen columns…!"};
    for (size_t i = 0; i < 4; i++) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", cells[i]);
    }
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "two");
    mien_text_table_cell(table, MIEN_STYLE_BAD, "a message");
    mien_text_table_end_row(table);
    return table;
}

START_TEST(a_table_fits_its_terminal) {
    mien_text_table *const table = make_table();
    ck_assert_str_eq(on_terminal(80, table), "NAME  BYTES  STATE  SUMMARY\n"
                                             "one      12  ready  eighteen columns…!\n"
                                             "two   a message\n");
    ck_assert_str_eq(on_terminal(32, table), "NAME  BYTES  STATE  SUMMARY\n"
                                             "one      12  ready  eighteen co…\n"
                                             "two   a message\n");
    ck_assert_str_eq(on_terminal(31, table), "NAME  BYTES  STATE\n"
                                             "one      12  ready\n"
                                             "two   a message\n");
    ck_assert_str_eq(on_terminal(17, table), "NAME  STATE\n"
                                             "one   ready\n"
                                             "two   a message\n");
    ck_assert_str_eq(on_terminal(5, table), "NAME  STATE\n"
                                            "one   ready\n"
                                            "two   a message\n");
    mien_text_table_free(table);
}
END_TEST

START_TEST(a_file_gets_all) {
    mien_text_table *const table = make_table();
    char *text = NULL;
    size_t length = 0;
    FILE *const file = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(mien_text_table_write(table, file, NULL), MIEN_OK);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "eighteen columns…!\n"));
    free(text);
    mien_text_table_free(table);
}
END_TEST

static Suite *suite(void) {
    Suite *const tables = suite_create("text table");
    TCase *const widths = tcase_create("widths");
    tcase_add_test(widths, a_table_fits_its_terminal);
    tcase_add_test(widths, a_file_gets_all);
    suite_add_tcase(tables, widths);
    return tables;
}

int main(void) {
    setenv("NO_COLOR", "1", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
