// SPDX-License-Identifier: Apache-2.0
// Writing PNG files.
#include "support/folder.h"
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(writes_what_it_reads) {
    char *folder = make_folder();
    char path[4096];
    snprintf(path, sizeof path, "%s/picture.png", folder);
    for (uint32_t channels = 1; channels <= 3; channels += 2) { // the second replaces the first
        mien_image picture = picture_noise(31, 22, channels), again;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_msg(mien_image_write_png(&picture, path, &error) == MIEN_OK, "%s", error.message);
        ck_assert_int_eq(mien_image_read(path, NULL, &again, NULL), MIEN_OK);
        ck_assert_int_eq(picture_difference(&picture, &again), 0);
        ck_assert_uint_eq(count_entries(folder), 1);
        mien_image_free(&picture);
        mien_image_free(&again);
    }
    remove_folder(folder);
}
END_TEST

START_TEST(says_why_it_cannot_write) {
    char *folder = make_folder();
    char path[4096];
    mien_image picture = picture_noise(3, 2, 3);
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/absent/picture.png", folder);
    ck_assert_int_eq(mien_image_write_png(&picture, path, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "absent/picture.png: cannot create a file"));

    write_file(folder, "taken/inside", "", 0); // a folder cannot be replaced by a file
    snprintf(path, sizeof path, "%s/taken", folder);
    ck_assert_int_eq(mien_image_write_png(&picture, path, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "taken: cannot be written"));
    ck_assert_uint_eq(count_entries(folder), 1);

    ck_assert_int_eq(mien_image_write_png(&picture, NULL, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_write_png(&(mien_image){0}, path, NULL), MIEN_INVALID_ARGUMENT);
    mien_image_free(&picture);
    remove_folder(folder);
}
END_TEST

// Renaming over a name replaces whatever bears it, so that a file's place must be looked at first.
START_TEST(leaves_what_is_no_file_alone) {
    char *folder = make_folder();
    char path[4096];
    struct stat about;
    mien_image picture = picture_noise(3, 2, 3);
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(mien_image_write_png(&picture, path, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "pipe: cannot be written (it exists and is not"));
    ck_assert_int_eq(lstat(path, &about), 0);
    ck_assert(S_ISFIFO(about.st_mode));

    char link[4096];
    snprintf(link, sizeof link, "%s/link", folder); // to the pipe
    ck_assert_int_eq(symlink("pipe", link), 0);
    ck_assert_int_eq(mien_image_write_png(&picture, link, &error), MIEN_IO);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert(S_ISFIFO(about.st_mode));

    snprintf(link, sizeof link, "%s/dangling", folder);
    ck_assert_int_eq(symlink("absent", link), 0);
    ck_assert_int_eq(mien_image_write_png(&picture, link, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "what this link names cannot be reached"));
    ck_assert_uint_eq(count_entries(folder), 3);
    mien_image_free(&picture);
    remove_folder(folder);
}
END_TEST

START_TEST(keeps_a_link_and_replaces_what_it_names) {
    char *folder = make_folder();
    char path[4096], link[4096];
    struct stat about;
    mien_image picture = picture_noise(3, 2, 3), again;
    mien_error error = MIEN_ERROR_INIT;
    write_file(folder, "below/picture.png", "old", 3);
    snprintf(path, sizeof path, "%s/below/picture.png", folder);
    snprintf(link, sizeof link, "%s/link.png", folder);
    ck_assert_int_eq(symlink("below/picture.png", link), 0);
    ck_assert_msg(mien_image_write_png(&picture, link, &error) == MIEN_OK, "%s", error.message);
    ck_assert_int_eq(lstat(link, &about), 0);
    ck_assert(S_ISLNK(about.st_mode));
    ck_assert_int_eq(mien_image_read(path, NULL, &again, NULL), MIEN_OK);
    ck_assert_int_eq(picture_difference(&picture, &again), 0);
    ck_assert_uint_eq(count_entries(folder), 2);
    mien_image_free(&picture);
    mien_image_free(&again);
    remove_folder(folder);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("writing");
    tcase_add_test(tests, writes_what_it_reads);
    tcase_add_test(tests, says_why_it_cannot_write);
    tcase_add_test(tests, leaves_what_is_no_file_alone);
    tcase_add_test(tests, keeps_a_link_and_replaces_what_it_names);
    Suite *suite = suite_create("images: writing");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
