// SPDX-License-Identifier: Apache-2.0
// Loading ahead: order, shared inputs, bad pictures among good ones, cropping, stopping early.
#include "host/loader.h"
#include "support/folder.h"
#include "support/picture.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PICTURES = 40, SIDE = 12 };

static char *folder;
static char *paths[PICTURES];

// Pictures of different sizes; each is flat, of a grey level that is its index.
static void make_pictures(void) {
    folder = make_folder();
    for (uint32_t i = 0; i < PICTURES; i++) {
        ck_assert_int_gt(asprintf(&paths[i], "%s/%02u.png", folder, i), 0);
        mien_image picture = picture_noise(8 + i * 5, 90 - i, 3);
        memset(picture.pixels, (int)i, (size_t)picture.width * picture.height * 3);
        ck_assert_int_eq(mien_image_write_png(&picture, paths[i], NULL), MIEN_OK);
        mien_image_free(&picture);
    }
}

static void remove_pictures(void) {
    for (size_t i = 0; i < PICTURES; i++) {
        free(paths[i]);
    }
    remove_folder(folder);
}

#define SPEC(...)                                                                                  \
    {.size = sizeof(mien_input_spec), .height = SIDE, .width = SIDE, .std = {1, 1, 1}, __VA_ARGS__}
static const mien_input_spec color = SPEC(.channels = 3);
static const mien_input_spec gray = SPEC(.channels = 1, .color = MIEN_GRAY, .mean = {0.5F});
static const mien_input_spec color_again = SPEC(.channels = 3);

static mien_loader_options all_pictures(void) {
    static const mien_input_spec *const rules[] = {&color, &gray, &color_again};
    return (mien_loader_options){.paths = (const char *const *)paths,
                                 .path_count = PICTURES,
                                 .inputs = rules,
                                 .input_count = 3};
}

static mien_loader *open_loader(const mien_loader_options *options) {
    mien_loader *loader = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_loader_open(options, &loader, &error) == MIEN_OK, "%s", error.message);
    return loader;
}

static const mien_loader_item *next_item(mien_loader *loader) {
    const mien_loader_item *item = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_loader_next(loader, &item, &error) == MIEN_OK, "%s", error.message);
    return item;
}

static void check_item(const mien_loader_item *item, size_t index) {
    ck_assert_ptr_nonnull(item);
    ck_assert_uint_eq(item->index, index);
    ck_assert_str_eq(item->path, paths[index]);
    ck_assert_msg(item->status == MIEN_OK, "%s", item->message);
    ck_assert_str_eq(item->message, "");
    ck_assert_uint_eq(item->width, 8 + index * 5);
    ck_assert_uint_eq(item->height, 90 - index);
    ck_assert_ptr_eq(item->inputs[0], item->inputs[2]);
    ck_assert_ptr_ne(item->inputs[0], item->inputs[1]);
    float level = (float)index / 255;
    for (size_t k = 0; k < (size_t)SIDE * SIDE * 3; k++) {
        ck_assert_float_eq_tol(item->inputs[0][k], level, 1e-6F);
    }
    for (size_t k = 0; k < (size_t)SIDE * SIDE; k++) {
        ck_assert_float_eq_tol(item->inputs[1][k], level - 0.5F, 1e-6F);
    }
}

static const size_t aheads[] = {0, 1, 2, 3, 7, PICTURES, 1000};
enum { AHEADS = sizeof aheads / sizeof *aheads };

static void load_all(size_t ahead) {
    mien_loader_options options = all_pictures();
    options.ahead = ahead;
    mien_loader *loader = open_loader(&options);
    for (size_t i = 0; i < PICTURES; i++) {
        check_item(next_item(loader), i);
    }
    ck_assert_ptr_null(next_item(loader));
    ck_assert_ptr_null(next_item(loader));
    mien_loader_close(loader);
}

START_TEST(keeps_the_order_of_the_paths) {
    load_all(aheads[_i]);
}
END_TEST

START_TEST(works_with_one_thread) {
    ck_assert_int_eq(mien_loader_use_threads(1, NULL), MIEN_OK); // this process is the test's own
    load_all(aheads[_i]);
}
END_TEST

START_TEST(holds_no_more_than_asked) {
    mien_loader_options options = all_pictures();
    options.ahead = 3;
    const float *seen[PICTURES];
    size_t distinct = 0;
    mien_loader *loader = open_loader(&options);
    for (size_t i = 0; i < PICTURES; i++) {
        const float *input = next_item(loader)->inputs[0];
        size_t k = 0;
        while (k < distinct && seen[k] != input) {
            k++;
        }
        seen[k] = input;
        distinct += k == distinct;
    }
    ck_assert_uint_eq(distinct, 3);
    mien_loader_close(loader);
}
END_TEST

START_TEST(stops_at_any_point) {
    for (size_t taken = 0; taken <= PICTURES; taken += 5) {
        mien_loader_options options = all_pictures();
        options.ahead = aheads[_i];
        mien_loader *loader = open_loader(&options);
        for (size_t i = 0; i < taken; i++) {
            check_item(next_item(loader), i);
        }
        mien_loader_close(loader);
    }
    mien_loader_close(NULL);
}
END_TEST

START_TEST(goes_on_after_a_bad_picture) {
    write_file(folder, "03.png", "not a picture", 13);
    write_file(folder, "17.png", "", 0);
    ck_assert_int_eq(remove(paths[39]), 0);
    mien_loader_options options = all_pictures();
    options.ahead = 5;
    mien_loader *loader = open_loader(&options);
    for (size_t i = 0; i < PICTURES; i++) {
        const mien_loader_item *item = next_item(loader);
        if (i != 3 && i != 17 && i != 39) {
            check_item(item, i);
            continue;
        }
        ck_assert_uint_eq(item->index, i);
        ck_assert_int_eq(item->status, i == 39 ? MIEN_NOT_FOUND : MIEN_BAD_INPUT);
        ck_assert_msg(strncmp(item->message, paths[i], strlen(paths[i])) == 0, "%s", item->message);
        ck_assert_ptr_nonnull(strstr(item->message, i == 3    ? "is neither a JPEG nor a PNG"
                                                    : i == 17 ? "is empty"
                                                              : "there is no such file"));
    }
    ck_assert_ptr_null(next_item(loader));
    mien_loader_close(loader);
}
END_TEST

START_TEST(crops_the_upright_picture) {
    char *path = strdup(picture_path("orientation-6.jpg")); // 12x20 upright, stored as 20x12
    ck_assert_ptr_nonnull(path);
    mien_input_spec rule = SPEC(.channels = 3);
    rule.width = 9;
    rule.height = 5;
    const mien_input_spec *const rules[] = {&rule};
    mien_rectangle crop = {.x = 2, .y = 6, .width = 9, .height = 5};
    mien_loader_options options = {.paths = (const char *const *)&path,
                                   .path_count = 1,
                                   .inputs = rules,
                                   .input_count = 1,
                                   .crop = &crop};
    mien_image upright = picture_expected("orientation-6.jpg");
    mien_loader *loader = open_loader(&options);
    const mien_loader_item *item = next_item(loader);
    ck_assert_int_eq(item->status, MIEN_OK);
    ck_assert_uint_eq(item->width, upright.width);
    ck_assert_uint_eq(item->height, upright.height);
    for (uint32_t y = 0; y < 5; y++) {
        for (uint32_t x = 0; x < 9 * 3; x++) {
            float wanted = upright.pixels[((6 + y) * upright.width + 2) * 3 + x] / 255.0F;
            ck_assert_float_eq_tol(item->inputs[0][y * 9 * 3 + x], wanted, 2 / 255.0F);
        }
    }
    mien_loader_close(loader);

    crop.x = upright.width - 8; // one too far
    loader = open_loader(&options);
    item = next_item(loader);
    ck_assert_int_eq(item->status, MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(item->message, "does not lie inside the picture of"));
    mien_loader_close(loader);
    mien_image_free(&upright);
    free(path);
}
END_TEST

START_TEST(reads_standard_input) {
    int file = open(paths[7], O_RDONLY);
    ck_assert_int_eq(dup2(file, STDIN_FILENO), STDIN_FILENO);
    close(file);
    const char *path = "-";
    mien_loader_options options = {.paths = &path, .path_count = 1};
    mien_loader *loader = open_loader(&options);
    const mien_loader_item *item = next_item(loader);
    ck_assert_int_eq(item->status, MIEN_OK);
    ck_assert_uint_eq(item->width, 8 + 7 * 5);
    ck_assert_ptr_null(next_item(loader));
    mien_loader_close(loader);
}
END_TEST

START_TEST(obeys_limits) {
    mien_loader_options options = all_pictures();
    options.limits.max_pixels = 8 * 90; // the first picture's
    mien_loader *loader = open_loader(&options);
    check_item(next_item(loader), 0);
    ck_assert_int_eq(next_item(loader)->status, MIEN_BAD_INPUT);
    mien_loader_close(loader);
}
END_TEST

START_TEST(refuses_wrong_calls) {
    mien_loader *loader = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_loader_options options = all_pictures();
    mien_input_spec bad = SPEC(.channels = 3);
    const mien_input_spec *const rules[] = {&color, &bad};
    options.inputs = rules;
    options.input_count = 2;
    bad.std[2] = 0;
    ck_assert_int_eq(mien_loader_open(&options, &loader, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "input rule"));
    bad = color;
    bad.height = bad.width = bad.channels = UINT32_MAX;
    ck_assert_int_eq(mien_loader_open(&options, &loader, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_null(loader);
    ck_assert_int_eq(mien_loader_use_threads(0, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_loader_use_threads(100000, &error), MIEN_INVALID_ARGUMENT);

    options = all_pictures();
    options.path_count = 0;
    loader = open_loader(&options);
    ck_assert_ptr_null(next_item(loader));
    mien_loader_close(loader);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("loader");
    tcase_add_checked_fixture(tests, make_pictures, remove_pictures);
    tcase_add_loop_test(tests, keeps_the_order_of_the_paths, 0, AHEADS);
    tcase_add_loop_test(tests, works_with_one_thread, 0, AHEADS);
    tcase_add_loop_test(tests, stops_at_any_point, 0, AHEADS);
    tcase_add_test(tests, holds_no_more_than_asked);
    tcase_add_test(tests, goes_on_after_a_bad_picture);
    tcase_add_test(tests, crops_the_upright_picture);
    tcase_add_test(tests, reads_standard_input);
    tcase_add_test(tests, obeys_limits);
    tcase_add_test(tests, refuses_wrong_calls);
    tcase_set_timeout(tests, 120);
    Suite *suite = suite_create("loader");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
