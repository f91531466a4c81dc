// SPDX-License-Identifier: Apache-2.0
// Whether a file can be replaced is told beforehand, as replacing it will, and leaves no trace.
#include "support/expectation.h"
#include "support/folder.h"
#include "zoo/replace.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_nothing(FILE *file, const void *content) {
    (void)content;
    return fputs("new", file) >= 0;
}

/// Both ways must end the same, with the same message.
static void check(const char *folder, const char *name, const char *message) {
    char path[4096];
    mien_error told = MIEN_ERROR_INIT, met = MIEN_ERROR_INIT;
    const size_t before = count_entries(folder);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(mien_replace_check(path, &told), message ? MIEN_IO : MIEN_OK);
    ck_assert_uint_eq(count_entries(folder), before);
    ck_assert_int_eq(mien_replace_file(path, write_nothing, NULL, &met),
                     message ? MIEN_IO : MIEN_OK);
    ck_assert_str_eq(told.message, met.message);
    ck_assert_ptr_nonnull(strstr(told.message, message ? message : ""));
}

START_TEST(is_told_beforehand) {
    char *folder = make_folder(), path[4096];
    check(folder, "absent/new", "cannot create a file beside it (No such file or directory)");
    write_file(folder, "file", "old", 3);
    check(folder, "file/new", "cannot create a file beside it (Not a directory)");
    write_file(folder, "sub/file", "old", 3);
    check(folder, "sub", "it exists and is not a regular file");
    snprintf(path, sizeof path, "%s/dangling", folder);
    ck_assert_int_eq(symlink("nothing", path), 0);
    check(folder, "dangling", "what this link names cannot be reached");
    check(folder, "sub/file", NULL);
    check(folder, "new", NULL);
    remove_folder(folder);
}
END_TEST

START_TEST(changes_nothing) {
    char *folder = make_folder(), path[4096], content[4] = "";
    mien_error error = MIEN_ERROR_INIT;
    write_file(folder, "file", "old", 3);
    snprintf(path, sizeof path, "%s/file", folder);
    ck_assert_int_eq(mien_replace_check(path, &error), MIEN_OK);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(content, 1, sizeof content, file), 3);
    fclose(file);
    ck_assert_str_eq(content, "old");
    remove_folder(folder);
}
END_TEST

/// Root may write anywhere, so there is nothing to see for it.
START_TEST(closed_folders_are_known) {
    char *folder = make_folder(), path[4096];
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(chmod(folder, 0555), 0);
    snprintf(path, sizeof path, "%s/new", folder);
    const mien_status expected = geteuid() == 0 ? MIEN_OK : MIEN_IO;
    ck_assert_int_eq(mien_replace_check(path, &error), expected);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    remove_folder(folder);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("replace");
    TCase *tests = tcase_create("cases");
    tcase_add_test(tests, is_told_beforehand);
    tcase_add_test(tests, changes_nothing);
    tcase_add_test(tests, closed_folders_are_known);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
