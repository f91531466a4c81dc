// SPDX-License-Identifier: Apache-2.0
// Whatever allocation fails, reading and feeding pictures succeed or say that memory ran out, and
// leave nothing behind.
#include "support/folder.h"
#include "support/picture.h"
#include "support/torture.h"
#include "tools/train/core/data/feeder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"angry", "happy"};
static const mien_input_spec input = {
    .size = sizeof input, .height = 8, .width = 8, .channels = 1, .color = MIEN_GRAY, .std = {1}};
static char *folder;
static char votes[4096];
static mien_error error;

static void set_up(void) {
    folder = make_folder();
    for (int i = 0; i < 6; i++) {
        char name[64], path[4096];
        snprintf(name, sizeof name, "%s/%d.png", classes[i % 2], i);
        write_file(folder, name, "", 0);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        mien_image image = picture_noise(6 + i, 9, i < 2 ? 3 : 1);
        ck_assert_int_eq(mien_image_write_png(&image, path, &error), MIEN_OK);
        mien_image_free(&image);
    }
    write_file(folder, "happy/bad.png", "x", 1);
    static const char table[] =
        "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface\n"
        "angry/0.png,0,1,0,0,9,0,0,0,0,0\n";
    write_file(folder, "votes.csv", table, sizeof table - 1);
    snprintf(votes, sizeof votes, "%s/votes.csv", folder);
}

static void tear_down(void) {
    remove_folder(folder);
}

/// What becomes known about a dataset must be right although an allocation failed meanwhile.
static mien_status read_and_split(mien_error *problem) {
    const mien_dataset_options options = {.classes = classes,
                                          .class_count = 2,
                                          .input = &input,
                                          .votes = votes,
                                          .vote_weight = 0.5,
                                          .unreadable_limit = 1,
                                          .threads = 1};
    mien_dataset *dataset = NULL;
    mien_status status = mien_dataset_read(folder, &options, NULL, &dataset, problem);
    size_t *training = NULL, *validation = NULL, counts[2] = {0};
    if (status == MIEN_OK) {
        status = mien_dataset_count(dataset) == 6 && mien_dataset_unreadable(dataset) == 1
                     ? mien_dataset_split(dataset, 0.3, 1, &training, &counts[0], &validation,
                                          &counts[1], problem)
                     : mien_fail(problem, MIEN_INTERNAL, "pictures are missing");
    }
    free(training);
    free(validation);
    mien_dataset_free(dataset);
    return status;
}

static mien_dataset *whole;

static mien_status open_feeder(mien_error *problem) {
    static const size_t indices[] = {0, 1, 2, 3, 4, 5};
    const mien_feeder_options options = {.dataset = whole,
                                         .indices = indices,
                                         .count = 6,
                                         .input = &input,
                                         .classes = 2,
                                         .batch = 4,
                                         .processes = 2,
                                         .sampling = MIEN_SAMPLING_BALANCED,
                                         .augmentation = {.mix = 1, .mixup = 1}};
    mien_feeder *feeder = NULL;
    mien_status status = mien_feeder_open(&options, 0, &feeder, problem);
    if (status == MIEN_OK) {
        mien_feeder_next(feeder);
    }
    mien_feeder_close(feeder);
    return status;
}

static void torture(mien_status (*act)(mien_error *problem)) {
    for (int i = 0; i < 2; i++) { // what libraries keep for good, they make now
        ck_assert_msg(act(&error) == MIEN_OK, "%s", error.message);
    }
    for (torture_mode mode = TORTURE_ONCE; mode <= TORTURE_ONWARDS; mode++) {
        bool failed = true;
        size_t nth = 0;
        while (failed) {
            size_t before = torture_live_blocks();
            error = (mien_error)MIEN_ERROR_INIT;
            torture_begin(++nth, mode);
            mien_status status = act(&error);
            failed = torture_end();
            bool said = strstr(error.message, "out of memory") ||
                        strstr(error.message, "thread that makes batches cannot be started");
            ck_assert_msg(status == MIEN_OK || (failed && said), "allocation %zu: status %d: %s",
                          nth, status, error.message);
            ck_assert_msg(torture_live_blocks() == before, "allocation %zu: %ld blocks leak", nth,
                          (long)(torture_live_blocks() - before));
        }
        ck_assert_uint_gt(nth, 8);
    }
    ck_assert_msg(act(&error) == MIEN_OK, "afterwards: %s", error.message);
}

START_TEST(reading) {
    torture(read_and_split);
}
END_TEST

START_TEST(feeding) {
    const mien_dataset_options options = {
        .classes = classes, .class_count = 2, .input = &input, .unreadable_limit = 1};
    ck_assert_int_eq(mien_dataset_read(folder, &options, NULL, &whole, &error), MIEN_OK);
    torture(open_feeder);
    mien_dataset_free(whole);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("torture");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, reading);
    tcase_add_test(tests, feeding);
    Suite *suite = suite_create("training data: torture");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
