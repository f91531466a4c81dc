// SPDX-License-Identifier: Apache-2.0
// Whatever allocation fails, reading, preparing, writing and loading pictures succeed or say that
// memory ran out, and leave nothing behind.
#include "host/loader.h"
#include "host/paths.h"
#include "support/folder.h"
#include "support/picture.h"
#include "support/torture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const mien_input_spec gray_crop = {.size = sizeof(mien_input_spec),
                                          .height = 8,
                                          .width = 9,
                                          .channels = 3,
                                          .color = MIEN_GRAY,
                                          .resize = MIEN_RESIZE_CROP,
                                          .std = {1, 1, 1}};

/// One thing to do under torture. What it makes it frees.
typedef mien_status deed(const char *path, mien_error *error);

// A picture that is read although memory ran out meanwhile is still read right, and upright.
static mien_image whole;

static mien_status read_and_prepare(const char *path, mien_error *error) {
    mien_image image, part = {0};
    float input[8 * 9 * 3];
    mien_status status = mien_image_read(path, NULL, &image, error);
    if (status == MIEN_OK) {
        status = image.width == whole.width && image.height == whole.height
                     ? mien_image_crop(&image, 1, 1, 10, 10, &part, error)
                     : mien_fail(error, MIEN_INTERNAL, "not upright");
    }
    if (status == MIEN_OK) {
        status = mien_image_to_input(&part, &gray_crop, input, error);
    }
    mien_image_free(&part);
    mien_image_free(&image);
    return status;
}

static mien_status resize_and_write(const char *path, mien_error *error) {
    uint8_t pixels[6 * 5 * 3] = {0};
    const mien_image image = {.height = 5, .width = 6, .channels = 3, .pixels = pixels};
    mien_image resized = {0};
    mien_status status = mien_image_resize(&image, 11, 3, &resized, error);
    if (status == MIEN_OK) {
        status = mien_image_write_png(&resized, path, error);
    }
    mien_image_free(&resized);
    return status;
}

static mien_status list_pictures(const char *path, mien_error *error) {
    mien_paths paths = {0};
    mien_status status = mien_paths_add(&paths, path, error);
    mien_paths_free(&paths);
    return status;
}

// libuv's loop ends the program when it cannot allocate, so this stops right before it: at a rule
// that makes no sense, once all of the loader's own memory is there.
static mien_status open_loader(const char *path, mien_error *error) {
    static const mien_input_spec no_std = {
        .size = sizeof no_std, .height = 8, .width = 9, .channels = 3};
    static const mien_input_spec *const rules[] = {&gray_crop, &no_std, &gray_crop};
    const char *const paths[] = {path, path, path};
    const mien_loader_options options = {
        .paths = paths, .path_count = 3, .inputs = rules, .input_count = 3, .ahead = 2};
    mien_loader *loader = NULL;
    mien_status status = mien_loader_open(&options, &loader, error);
    return status == MIEN_INVALID_ARGUMENT ? MIEN_OK : status;
}

// Reading the file and making libjpeg-turbo's decoder. When the latter fails, version 2.1 leaks
// what it had of it, which no caller can help.
enum { JPEG_DECODER_ALLOCATIONS = 6 };

#if defined(__SANITIZE_ADDRESS__)
void __lsan_disable(void);
void __lsan_enable(void);
#else
static void __lsan_disable(void) {}
static void __lsan_enable(void) {}
#endif

static mien_status act_excused(deed *act, const char *path, bool excused, mien_error *error) {
    if (excused) {
        __lsan_disable();
    }
    mien_status status = act(path, error);
    if (excused) {
        __lsan_enable();
    }
    return status;
}

// Leaks are excused for the first `excused` allocations.
static void torture(deed *act, const char *path, size_t excused) {
    mien_error error = MIEN_ERROR_INIT;
    for (int i = 0; i < 2; i++) { // what libraries keep for good, they make now
        ck_assert_msg(act(path, &error) == MIEN_OK, "%s", error.message);
    }
    for (torture_mode mode = TORTURE_ONCE; mode <= TORTURE_ONWARDS; mode++) {
        bool failed = true;
        size_t nth = 0;
        while (failed) {
            size_t before = torture_live_blocks();
            error = (mien_error)MIEN_ERROR_INIT;
            torture_begin(++nth, mode);
            mien_status status = act_excused(act, path, nth <= excused, &error);
            failed = torture_end();
            ck_assert_msg(status == MIEN_OK || (failed && status == MIEN_OUT_OF_MEMORY),
                          "allocation %zu: status %d: %s", nth, status, error.message);
            ck_assert_msg(status == MIEN_OK || strstr(error.message, "out of memory"),
                          "allocation %zu: %s", nth, error.message);
            ck_assert_msg(torture_live_blocks() == before || nth <= excused,
                          "allocation %zu: %ld blocks leak", nth,
                          (long)(torture_live_blocks() - before));
        }
        ck_assert_uint_gt(nth, excused + 3);
        ck_assert_msg(act(path, &error) == MIEN_OK, "afterwards: %s", error.message);
    }
}

static const char *const pictures[] = {"rgb.png",         "palette-alpha.png", "orientation-6.png",
                                       "progressive.jpg", "cmyk.jpg",          "orientation-5.jpg"};

START_TEST(reading) {
    whole = picture_expected(pictures[_i]);
    torture(read_and_prepare, picture_path(pictures[_i]),
            strstr(pictures[_i], ".jpg") ? JPEG_DECODER_ALLOCATIONS : 0);
    mien_image_free(&whole);
}
END_TEST

START_TEST(writing) {
    char *folder = make_folder();
    char path[4096];
    snprintf(path, sizeof path, "%s/picture.png", folder);
    torture(resize_and_write, path, 0);
    remove_folder(folder);
}
END_TEST

// Folders only: when memory runs out in a pattern, glibc's glob() itself frees a block twice.
START_TEST(listing) {
    char *folder = make_folder();
    char path[4096];
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, "%d/%d.png", i % 3, i);
        write_file(folder, path, "", 0);
    }
    torture(list_pictures, folder, 0);
    remove_folder(folder);
}
END_TEST

START_TEST(loading) {
    torture(open_loader, picture_path("rgb.png"), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("torture");
    tcase_add_loop_test(tests, reading, 0, sizeof pictures / sizeof *pictures);
    tcase_add_test(tests, writing);
    tcase_add_test(tests, listing);
    tcase_add_test(tests, loading);
    tcase_set_timeout(tests, 120);
    Suite *suite = suite_create("images: torture");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
