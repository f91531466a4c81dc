// SPDX-License-Identifier: Apache-2.0
// A contact sheet shows every row's picture as it was before it was normalised, and its target.
#include "support/folder.h"
#include "support/picture.h"
#include "tools/train/core/data/sheet.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void set_up(void) {
    folder = make_folder();
}

static void tear_down(void) {
    remove_folder(folder);
}

enum { MARGIN = 28, TILE = 144, STEP = 160 };

/// A sheet of `rows` copies of one picture, read again. Row i's target is class i mod `classes`.
static mien_image draw(size_t rows, size_t classes, const mien_input_spec *input,
                       const mien_image *picture) {
    size_t numbers = (size_t)input->height * input->width * input->channels;
    float *pictures = calloc(rows * numbers, sizeof *pictures);
    float *targets = calloc(rows * classes, sizeof *targets);
    const char **names = (const char **)calloc(classes, sizeof *names);
    mien_error error = MIEN_ERROR_INIT;
    static const char *const labels[] = {"happy", "a label much longer than its column is wide",
                                         "überrascht", "\033[1m"};
    for (size_t i = 0; i < classes; i++) {
        names[i] = labels[i % 4];
    }
    for (size_t i = 0; i < rows; i++) {
        ck_assert_int_eq(mien_image_to_input(picture, input, pictures + i * numbers, &error),
                         MIEN_OK);
        targets[i * classes + i % classes] = 1;
    }
    const mien_batch batch = {.pictures = pictures, .targets = targets};
    const mien_batch_sheet sheet = {&batch, rows, input, names, classes};
    char path[4096];
    snprintf(path, sizeof path, "%s/sheet.png", folder);
    mien_image page = {0};
    ck_assert_msg(mien_batch_sheet_write(&sheet, path, &error) == MIEN_OK, "%s", error.message);
    ck_assert_msg(mien_image_read(path, NULL, &page, &error) == MIEN_OK, "%s", error.message);
    free(pictures);
    free(targets);
    free((void *)names);
    return page;
}

static mien_image tile(const mien_image *page, uint32_t x, uint32_t y, uint32_t width,
                       uint32_t height) {
    mien_image part = {0};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_image_crop(page, x, y, width, height, &part, &error) == MIEN_OK, "%s",
                  error.message);
    return part;
}

static bool is_blank(const mien_image *page, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height) {
    mien_image part = tile(page, x, y, width, height);
    bool blank = true;
    for (size_t i = 0; i < (size_t)width * height * part.channels; i++) {
        blank = blank && part.pixels[i] == 255;
    }
    mien_image_free(&part);
    return blank;
}

static const struct {
    uint32_t width, height, channels;
    mien_color color;
    float mean, std;
} rules[] = {
    {48, 48, 1, MIEN_GRAY, 0.5f, 0.5f},  {48, 48, 3, MIEN_GRAY, 0, 1.0f / 255},
    {48, 48, 3, MIEN_RGB, 0.4f, 0.2f},   {48, 48, 3, MIEN_BGR, 0.4f, 0.2f},
    {160, 224, 3, MIEN_RGB, 0.4f, 0.2f}, {1, 1, 3, MIEN_BGR, 0.4f, 0.2f},
};

START_TEST(pictures_come_back) {
    const mien_input_spec input = {
        .size = sizeof input,
        .height = rules[_i].height,
        .width = rules[_i].width,
        .channels = rules[_i].channels,
        .color = rules[_i].color,
        .mean = {rules[_i].mean, rules[_i].mean / 2, rules[_i].mean / 3},
        .std = {rules[_i].std, rules[_i].std, rules[_i].std},
    };
    mien_image picture = picture_noise(input.width, input.height, input.color == MIEN_GRAY ? 1 : 3);
    mien_image page = draw(2, 3, &input, &picture), expected = {0};
    uint32_t longer = input.width > input.height ? input.width : input.height;
    uint32_t wide = (input.width * TILE * 2 / longer + 1) / 2;
    uint32_t tall = (input.height * TILE * 2 / longer + 1) / 2;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_image_resize(&picture, wide, tall, &expected, &error), MIEN_OK);
    for (uint32_t i = 0; i < 2; i++) {
        mien_image part = tile(&page, MARGIN + i * STEP, MARGIN, wide, tall);
        int largest = 0;
        size_t ratio = part.channels / expected.channels; // a page of grey pictures is RGB still
        for (size_t j = 0; j < (size_t)wide * tall * part.channels; j++) {
            int difference = abs(part.pixels[j] - expected.pixels[j / ratio]);
            largest = difference > largest ? difference : largest;
        }
        ck_assert_int_eq(largest, 0);
        ck_assert(!is_blank(&page, MARGIN + i * STEP, MARGIN + tall, TILE, 24));
        mien_image_free(&part);
    }
    mien_image_free(&expected);
    mien_image_free(&page);
    mien_image_free(&picture);
}
END_TEST

START_TEST(any_number_of_rows_and_classes) {
    static const size_t cases[][2] = {{1, 2}, {2, 1}, {7, 7}, {64, 3}, {300, 1000}};
    const mien_input_spec input = {.size = sizeof input,
                                   .height = 48,
                                   .width = 48,
                                   .channels = 1,
                                   .color = MIEN_GRAY,
                                   .std = {1}};
    mien_image picture = picture_noise(48, 48, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_image page = draw(cases[i][0], cases[i][1], &input, &picture);
        ck_assert_uint_le(page.width, 2 * MARGIN + 12 * STEP);
        ck_assert_uint_le(page.height, 5280);
        ck_assert(is_blank(&page, 0, 0, page.width, MARGIN));
        ck_assert(is_blank(&page, 0, page.height - MARGIN, page.width, MARGIN));
        ck_assert(is_blank(&page, 0, 0, MARGIN, page.height));
        ck_assert(is_blank(&page, page.width - MARGIN, 0, MARGIN, page.height));
        mien_image_free(&page);
    }
    mien_image_free(&picture);
}
END_TEST

START_TEST(a_place_that_cannot_be_written) {
    const mien_input_spec input = {.size = sizeof input,
                                   .height = 1,
                                   .width = 1,
                                   .channels = 1,
                                   .color = MIEN_GRAY,
                                   .std = {1}};
    const mien_batch batch = {.pictures = (float[]){0}, .targets = (float[]){1, 0}};
    const char *const classes[] = {"a", "b"};
    const mien_batch_sheet sheet = {&batch, 1, &input, classes, 2};
    char path[4096];
    snprintf(path, sizeof path, "%s/none/sheet.png", folder);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_batch_sheet_write(&sheet, path, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "none/sheet.png"));
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("sheet");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, pictures_come_back, 0, sizeof rules / sizeof *rules);
    tcase_add_test(tests, any_number_of_rows_and_classes);
    tcase_add_test(tests, a_place_that_cannot_be_written);
    Suite *suite = suite_create("contact sheet");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
