// SPDX-License-Identifier: Apache-2.0
// Folders of classes are listed, and votes found by the ends of names.
#include "host/dataset.h"
#include "support/folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const classes[] = {"angry", "happy"};
static char *folder;
static mien_error error;

static void set_up(void) {
    folder = make_folder();
    error = (mien_error)MIEN_ERROR_INIT;
}

static void tear_down(void) {
    remove_folder(folder);
}

static void ck_message(const char *part) {
    ck_assert_msg(strstr(error.message, part), "\"%s\" is not in: %s", part, error.message);
}

// --- Folders -------------------------------------------------------------------------------------

static void put(const char *name) {
    write_file(folder, name, "", 0);
}

START_TEST(pictures_by_class_then_name) {
    put("happy/2.png");
    put("happy/10.JPG");
    put("happy/notes.txt");
    put("angry/b/1.png");
    put("angry/a.jpeg");
    put("other/1.png");
    char slashes[4096];
    snprintf(slashes, sizeof slashes, "%s///", folder);
    mien_index index = {0};
    const char *const folders[] = {folder, slashes};
    for (int i = 0; i < 2; i++) {
        ck_assert_msg(mien_index_read(folders[i], classes, 2, NULL, &index, &error) == MIEN_OK,
                      "%s", error.message);
        static const char *const names[] = {"angry/a.jpeg", "angry/b/1.png", "happy/10.JPG",
                                            "happy/2.png"};
        ck_assert_uint_eq(index.count, 4);
        for (size_t j = 0; j < 4; j++) {
            ck_assert_str_eq(index.items[j].name, names[j]);
            ck_assert_uint_eq(index.items[j].label, j / 2);
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", folder, names[j]);
            ck_assert_str_eq(index.items[j].path, path);
        }
        mien_index_free(&index);
    }
    mien_index_free(&index);
}
END_TEST

START_TEST(folders_under_other_names) {
    put("wut/1.png");
    put("zorn/2.png");
    put("happy/3.png");
    put("angry/4.png"); // which stands for another class here
    const mien_manifest_pair pairs[] = {{{"wut", {0}}, {"angry", {0}}},
                                        {{"zorn", {0}}, {"angry", {0}}},
                                        {{"angry", {0}}, {"happy", {0}}}};
    const mien_manifest_pairs rename = {pairs, 3};
    mien_index index = {0};
    ck_assert_msg(mien_index_read(folder, classes, 2, &rename, &index, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_uint_eq(index.count, 4);
    static const char *const names[] = {"wut/1.png", "zorn/2.png", "angry/4.png", "happy/3.png"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(index.items[i].name, names[i]);
        ck_assert_uint_eq(index.items[i].label, i / 2);
    }
    mien_index_free(&index);
}
END_TEST

static void refused(mien_status status, const char *message) {
    mien_index index = {0};
    ck_assert_int_eq(mien_index_read(folder, classes, 2, NULL, &index, &error), status);
    ck_assert_int_eq(error.status, status);
    ck_message(message);
    ck_assert_ptr_null(index.items);
    ck_assert_ptr_null(index.paths.items);
}

START_TEST(class_without_folder) {
    put("angry/1.png");
    refused(MIEN_NOT_FOUND, "there is no folder of class \"happy\"; each class needs a folder");
    put("hapy/1.png");
    refused(MIEN_NOT_FOUND, "there is no folder of class \"happy\"; did you mean \"hapy\"?");
}
END_TEST

START_TEST(class_without_pictures) {
    put("angry/1.png");
    put("happy/readme.txt");
    refused(MIEN_BAD_INPUT, "/happy: there is no .jpg, .jpeg or .png file in this folder");
}
END_TEST

START_TEST(no_folder_at_all) {
    put("file");
    mien_index index = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/none", folder);
    ck_assert_int_eq(mien_index_read(path, classes, 2, NULL, &index, &error), MIEN_NOT_FOUND);
    ck_message("/none: there is no such folder");
    snprintf(path, sizeof path, "%s/file", folder);
    ck_assert_int_eq(mien_index_read(path, classes, 2, NULL, &index, &error), MIEN_BAD_INPUT);
    ck_message("/file: is not a folder");
}
END_TEST

// --- Splits of a manifest ------------------------------------------------------------------------

static char *split_folder(const char *splits, const char *split, mien_status expected) {
    char text[512], *found = NULL;
    snprintf(text, sizeof text, "schema: 1\nkind: dataset\nname: d\nroot: data\nclasses: [a]\n%s",
             splits);
    write_file(folder, "d.yaml", text, strlen(text));
    char path[4096];
    snprintf(path, sizeof path, "%s/d.yaml", folder);
    mien_manifest *manifest = NULL;
    ck_assert_msg(mien_manifest_read(path, NULL, &manifest, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_int_eq(mien_dataset_folder(manifest, split, &found, &error), expected);
    mien_manifest_free(manifest);
    return found;
}

static void ck_split(const char *splits, const char *split, const char *expected) {
    char *found = split_folder(splits, split, MIEN_OK);
    size_t length = strlen(found), end = strlen(expected);
    ck_assert_msg(length >= end && strcmp(found + length - end, expected) == 0, "%s", found);
    free(found);
}

START_TEST(split_of_a_manifest) {
    put("data/train/a/1.png");
    put("data/test/a/1.png");
    static const char both[] = "splits: {train: train, test: test}\n";
    ck_split("", NULL, "/data");
    ck_split("splits: {all: train}\n", NULL, "/data/train");
    ck_split(both, "test", "/data/test");
    ck_assert_ptr_null(split_folder(both, NULL, MIEN_NOT_FOUND));
    ck_message("say which split is meant: train, test");
    ck_assert_ptr_null(split_folder(both, "tset", MIEN_NOT_FOUND));
    ck_message("there is no split \"tset\"; its splits are: train, test");
    ck_assert_ptr_null(split_folder("", "test", MIEN_NOT_FOUND));
    ck_message("there is no split \"test\"; it has none");
    ck_assert_ptr_null(split_folder("splits: {all: gone}\n", NULL, MIEN_NOT_FOUND));
    ck_message("d.yaml:6:15: no file \"data/gone\"");
}
END_TEST

// --- Votes ---------------------------------------------------------------------------------------

#define HEAD                                                                                       \
    "file,label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface\n"

static mien_votes *read_votes(const char *text, mien_status expected) {
    write_file(folder, "votes.csv", text, strlen(text));
    char path[4096];
    snprintf(path, sizeof path, "%s/votes.csv", folder);
    mien_votes *votes = NULL;
    mien_status status = mien_votes_read(path, &votes, &error);
    ck_assert_msg(status == expected, "status %d: %s", status, error.message);
    return votes;
}

static void ck_row(const mien_votes *votes, const char *path, const char *file) {
    const mien_vote_row *row = mien_votes_find(votes, path);
    ck_assert_msg(!row == !file, "%s is %s", path, row ? row->file : "not found");
    if (row) {
        ck_assert_str_eq(row->file, file);
    }
}

START_TEST(rows_are_found_by_their_ends) {
    mien_votes *votes = read_votes(HEAD "train/angry/1.png,angry,1,2,3,4,5,6,7,8,9,10\n"
                                        "test/angry/1.png,angry,0,0,0,0,9,0,0,0,0,0\n"
                                        "train/happy/1.png,happy,0,8,0,0,0,0,0,0,0,0\r\n"
                                        "\n"
                                        "train/sad/21.png,sad,0,0,0,8,0,0,0,0,0,0\n"
                                        "alone.png,sad,0,0,0,7,0,0,0,0,0,0",
                                   MIEN_OK);
    ck_assert_uint_eq(mien_votes_count(votes), 5);
    const mien_vote_row *row = mien_votes_find(votes, "/data/train/angry/1.png");
    for (uint32_t i = 0; i < MIEN_VOTE_COUNT; i++) {
        ck_assert_uint_eq(row->counts[i], i + 1);
    }
    ck_row(votes, "/data/test/angry/1.png", "test/angry/1.png");
    ck_row(votes, "test/angry/1.png", "test/angry/1.png");
    ck_row(votes, "elsewhere/happy/1.png", "train/happy/1.png");
    ck_row(votes, "happy/1.png", "train/happy/1.png");
    ck_row(votes, "/any/where/alone.png", "alone.png");
    ck_row(votes, "alone.png", "alone.png");
    ck_row(votes, "mytest/angry/1.png", NULL); // one in train and one in test are as near
    ck_row(votes, "angry/1.png", NULL);
    ck_row(votes, "1.png", NULL); // without a folder it could be any
    ck_row(votes, "sad/1.png", NULL);
    ck_row(votes, "unhappy/1.png", NULL);
    ck_row(votes, "notalone.png", NULL);
    ck_row(votes, "", NULL);
    mien_votes_free(votes);
    mien_votes_free(NULL);
}
END_TEST

START_TEST(table_as_published) { // github.com/microsoft/FERPlus, fer2013new.csv
    mien_votes *votes =
        read_votes("Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,"
                   "contempt,unknown,NF\n"
                   "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n"
                   "Training,,0,0,0,0,0,0,0,0,0,10\n",
                   MIEN_OK);
    ck_assert_uint_eq(mien_votes_count(votes), 1);
    const mien_vote_row *row = mien_votes_find(votes, "train/angry/fer0000000.png");
    ck_assert_uint_eq(row->counts[MIEN_VOTE_ANGER], 3);
    ck_assert_uint_eq(row->counts[MIEN_VOTE_NEUTRAL], 4);
    mien_votes_free(votes);
}
END_TEST

static const struct {
    const char *text, *message;
} bad_tables[] = {
    {"", ": is empty; a line of column names is needed"},
    {"a,b\n", ":1: there is no column \"file\""},
    {"file,neutral\n", ":1: there is no column \"happiness\""},
    {HEAD, ": names no picture"},
    {HEAD "a/1.png,angry,1,2\n", ":2: there are 4 fields; the first line names 12 columns"},
    {HEAD "a/1.png,angry,0,0,0,0,0,0,0,0,0,0,0\n", ":2: there are 13 fields"},
    {HEAD "\na/1.png,angry,0,0,0,0,-1,0,0,0,0,0\n", ":3: \"-1\" people voted for anger"},
    {HEAD "a/1.png,angry,0,0,0,0,,0,0,0,0,0\n", ":2: \"\" people voted for anger"},
    {HEAD "a/1.png,angry,0,1000001,0,0,0,0,0,0,0,0\n", ":2: \"1000001\" people voted for happi"},
    {HEAD "a/1.png,angry,0,99999999999,0,0,0,0,0,0,0,0\n", "must be a number from 0 to 1000000"},
    {HEAD "\"a/1.png\",angry,0,0,0,0,0,0,0,0,0,0\n", ":2: quotation marks are not read"},
    {HEAD "a/1.png,angry,0,0,0,0,0,0,0,0,0,0\na/1.png,angry,0,0,0,0,0,0,0,0,0,0\n",
     ": names \"a/1.png\" twice"},
};

START_TEST(tables_that_are_none) {
    ck_assert_ptr_null(read_votes(bad_tables[_i].text, MIEN_BAD_INPUT));
    ck_message("/votes.csv");
    ck_message(bad_tables[_i].message);
}
END_TEST

START_TEST(files_that_are_no_tables) {
    mien_votes *votes = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/none.csv", folder);
    ck_assert_int_eq(mien_votes_read(path, &votes, &error), MIEN_NOT_FOUND);
    ck_message("none.csv: there is no such file");
    ck_assert_int_eq(mien_votes_read(folder, &votes, &error), MIEN_BAD_INPUT);
    ck_message(": is not a file of votes");
    static const char zero[] = HEAD "a/1.png\0,angry,0,0,0,0,0,0,0,0,0,0\n";
    write_file(folder, "zero.csv", zero, sizeof zero - 1);
    snprintf(path, sizeof path, "%s/zero.csv", folder);
    ck_assert_int_eq(mien_votes_read(path, &votes, &error), MIEN_BAD_INPUT);
    ck_message("zero.csv: has a zero byte");
    ck_assert_ptr_null(votes);
}
END_TEST

START_TEST(classes_have_votes) {
    ck_assert_int_eq(mien_vote_of_class("angry"), MIEN_VOTE_ANGER);
    ck_assert_int_eq(mien_vote_of_class("Happy"), MIEN_VOTE_HAPPINESS);
    ck_assert_int_eq(mien_vote_of_class("sad"), MIEN_VOTE_SADNESS);
    ck_assert_int_eq(mien_vote_of_class("surprise"), MIEN_VOTE_SURPRISE);
    ck_assert_int_eq(mien_vote_of_class("neutral"), MIEN_VOTE_NEUTRAL);
    ck_assert_int_eq(mien_vote_of_class("disgust"), MIEN_VOTE_DISGUST);
    ck_assert_int_eq(mien_vote_of_class("fear"), MIEN_VOTE_FEAR);
    ck_assert_int_eq(mien_vote_of_class("smirk"), MIEN_NO_VOTE);
    for (int i = 0; i < MIEN_VOTE_UNKNOWN; i++) { // every emotion is a class under its own name
        ck_assert_int_eq(mien_vote_of_class(mien_vote_text((mien_vote)i)), i);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("dataset");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, pictures_by_class_then_name);
    tcase_add_test(tests, folders_under_other_names);
    tcase_add_test(tests, class_without_folder);
    tcase_add_test(tests, class_without_pictures);
    tcase_add_test(tests, no_folder_at_all);
    tcase_add_test(tests, split_of_a_manifest);
    tcase_add_test(tests, rows_are_found_by_their_ends);
    tcase_add_test(tests, table_as_published);
    tcase_add_loop_test(tests, tables_that_are_none, 0, sizeof bad_tables / sizeof *bad_tables);
    tcase_add_test(tests, files_that_are_no_tables);
    tcase_add_test(tests, classes_have_votes);
    Suite *suite = suite_create("datasets");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
