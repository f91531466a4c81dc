// SPDX-License-Identifier: Apache-2.0
// From arguments to pictures: files, folders, patterns, standard input, and what is none of them.
#include "host/paths.h"
#include "support/folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *root;

static void make_tree(void) {
    static const char *const files[] = {
        "a.png",       "B.JPG",       "notes.txt",   "c.jpeg",          ".hidden.png",
        "png",         ".png",        "sub/z.png",   "sub/deep/m.jpg",  "sub/x.gif",
        ".git/k.png",  "angry/1.png", "angry/2.png", "angry/readme.md", "happy/3.png",
        "empty/x.txt", "odd[1].png",
    };
    root = make_folder();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_file(root, files[i], "x", 1);
    }
    ck_assert_int_eq(chdir(root), 0);
}

static void remove_tree(void) {
    ck_assert_int_eq(chdir("/"), 0);
    remove_folder(root);
}

// Compares a list with texts separated by blanks.
static void expect(const mien_paths *paths, const char *wanted) {
    char got[4096] = "";
    for (size_t i = 0; i < paths->count; i++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%s", i ? " " : "", paths->items[i]);
    }
    ck_assert_str_eq(got, wanted);
}

static void expands_to(const char *argument, const char *wanted) {
    mien_paths paths = {0};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_paths_add(&paths, argument, &error) == MIEN_OK, "%s", error.message);
    expect(&paths, wanted);
    mien_paths_free(&paths);
}

static void is_refused(const char *argument, mien_status wanted, const char *message) {
    mien_paths paths = {0};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_paths_add(&paths, "a.png", &error), MIEN_OK);
    ck_assert_int_eq(mien_paths_add(&paths, argument, &error), wanted);
    ck_assert_msg(strstr(error.message, message), "\"%s\" lacks \"%s\"", error.message, message);
    expect(&paths, "a.png");
    mien_paths_free(&paths);
}

START_TEST(expands_files_and_folders) {
    expands_to("a.png", "a.png");
    expands_to("notes.txt", "notes.txt"); // named by hand: whoever reads it will judge it
    expands_to(".hidden.png", ".hidden.png");
    expands_to("angry", "angry/1.png angry/2.png");
    expands_to("sub", "sub/deep/m.jpg sub/z.png");
    expands_to(".", "./B.JPG ./a.png ./angry/1.png ./angry/2.png ./c.jpeg ./happy/3.png "
                    "./odd[1].png ./sub/deep/m.jpg ./sub/z.png");
}
END_TEST

START_TEST(expands_patterns) {
    expands_to("*.png", "a.png odd[1].png");
    expands_to("[ab]*", "a.png angry/1.png angry/2.png");
    expands_to("*/?.png", "angry/1.png angry/2.png happy/3.png sub/z.png");
    expands_to("sub/*", "sub/deep/m.jpg sub/z.png");
    expands_to("odd[1].png", "odd[1].png"); // a file of that very name comes first
}
END_TEST

START_TEST(follows_links_but_not_in_circles) {
    ck_assert_int_eq(symlink("..", "sub/up"), 0);
    ck_assert_int_eq(symlink("../happy", "sub/faces"), 0);
    ck_assert_int_eq(symlink("nowhere", "sub/lost.png"), 0);
    expands_to("sub/deep", "sub/deep/m.jpg");
    expands_to("sub/faces", "sub/faces/3.png");
    mien_paths paths = {0};
    ck_assert_int_eq(mien_paths_add(&paths, "sub", NULL), MIEN_OK);
    ck_assert_uint_lt(paths.count, 20);
    bool lost = false; // listed, so that reading it reports it
    for (size_t i = 0; i < paths.count; i++) {
        lost |= strcmp(paths.items[i], "sub/lost.png") == 0;
    }
    ck_assert(lost);
    mien_paths_free(&paths);
}
END_TEST

START_TEST(says_what_is_wrong) {
    is_refused("absent.png", MIEN_NOT_FOUND, "absent.png: there is no such file or folder");
    is_refused("a.png/b.png", MIEN_NOT_FOUND, "there is no such file or folder");
    is_refused("*.bmp", MIEN_NOT_FOUND, "*.bmp: no .jpg, .jpeg or .png file matches");
    is_refused("not*.txt", MIEN_NOT_FOUND, "matches this pattern");
    is_refused("empty", MIEN_NOT_FOUND, "empty: there is no .jpg, .jpeg or .png file");
    is_refused("", MIEN_BAD_INPUT, "an empty argument");
}
END_TEST

START_TEST(takes_standard_input_once) {
    mien_paths paths = {0};
    mien_error error = MIEN_ERROR_INIT;
    const char *const once[] = {"a.png", "-", "angry"};
    ck_assert_int_eq(mien_paths_expand(&paths, once, 3, &error), MIEN_OK);
    expect(&paths, "a.png - angry/1.png angry/2.png");
    const char *const again[] = {"happy", "-"};
    ck_assert_int_eq(mien_paths_expand(&paths, again, 2, &error), MIEN_BAD_INPUT);
    expect(&paths, "a.png - angry/1.png angry/2.png");
    mien_paths_free(&paths);
    ck_assert_uint_eq(paths.count, 0);
}
END_TEST

START_TEST(lists_classes) {
    mien_paths names = {0};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_paths_add_subfolders(&names, ".", &error), MIEN_OK);
    expect(&names, "angry empty happy sub");
    ck_assert_int_eq(mien_paths_add_subfolders(&names, "absent", &error), MIEN_NOT_FOUND);
    ck_assert_str_eq(error.message, "absent: there is no such folder");
    ck_assert_int_eq(mien_paths_add_subfolders(&names, "a.png", &error), MIEN_BAD_INPUT);
    expect(&names, "angry empty happy sub");
    mien_paths_free(&names);
    ck_assert_int_eq(mien_paths_add_subfolders(&names, "happy", &error), MIEN_OK);
    ck_assert_uint_eq(names.count, 0);
    mien_paths_free(&names);
}
END_TEST

START_TEST(reports_a_folder_it_may_not_list) {
    uid_t user = geteuid(), nobody = 65534;
    ck_assert_int_eq(chmod(root, 0755), 0);
    ck_assert_int_eq(chmod("sub/deep", 0), 0);
    if (user == 0 && seteuid(nobody) != 0) {
        fprintf(stderr, "skipped: root here cannot act as another user, and may list everything\n");
    } else {
        is_refused("sub", MIEN_IO, "sub/deep: cannot be listed (Permission denied)");
        is_refused("sub/deep/m.jpg", MIEN_IO, "cannot be examined (Permission denied)");
        ck_assert_int_eq(seteuid(user), 0);
    }
    ck_assert_int_eq(chmod("sub/deep", 0755), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("paths");
    tcase_add_checked_fixture(tests, make_tree, remove_tree);
    tcase_add_test(tests, expands_files_and_folders);
    tcase_add_test(tests, expands_patterns);
    tcase_add_test(tests, follows_links_but_not_in_circles);
    tcase_add_test(tests, says_what_is_wrong);
    tcase_add_test(tests, takes_standard_input_once);
    tcase_add_test(tests, lists_classes);
    tcase_add_test(tests, reports_a_folder_it_may_not_list);
    Suite *suite = suite_create("paths");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
