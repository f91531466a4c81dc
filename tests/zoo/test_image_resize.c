// SPDX-License-Identifier: Apache-2.0
// Resizing against Pillow's Image.BILINEAR, within 2/255; and cropping.
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct sample {
    uint32_t width, height, to_width, to_height;
} sample;

static const sample samples[] = {
    {512, 512, 48, 48}, {160, 107, 64, 43}, {48, 48, 56, 50}, {33, 27, 1, 1},   {1, 1, 5, 4},
    {3000, 3, 7, 3},    {40, 30, 40, 11},   {40, 30, 11, 30}, {17, 19, 17, 19},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

START_TEST(resizes_as_pillow_does) {
    const sample *wanted = &samples[_i / 2];
    uint32_t channels = _i % 2 ? 3 : 1;
    char name[256];
    snprintf(name, sizeof name, "resize-%u-%ux%u-%ux%u", channels, wanted->width, wanted->height,
             wanted->to_width, wanted->to_height);
    mien_image source = picture_noise(wanted->width, wanted->height, channels);
    mien_image resized, expected = picture_expected(name);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_image_resize(&source, wanted->to_width, wanted->to_height, &resized,
                                    &error) == MIEN_OK,
                  "%s", error.message);
    int difference = picture_difference(&resized, &expected);
    ck_assert_msg(difference <= 2, "%s differs by %d", name, difference);
    printf("%s: differs from Pillow by at most %d/255\n", name, difference);
    mien_image_free(&source);
    mien_image_free(&resized);
    mien_image_free(&expected);
}
END_TEST

START_TEST(keeps_a_flat_picture_flat) {
    static const uint8_t levels[] = {0, 1, 127, 254, 255};
    for (size_t i = 0; i < sizeof levels; i++) {
        mien_image source = picture_noise(61, 43, 3), resized;
        for (size_t k = 0; k < (size_t)61 * 43 * 3; k++) {
            source.pixels[k] = levels[i];
        }
        ck_assert_int_eq(mien_image_resize(&source, 17, 90, &resized, NULL), MIEN_OK);
        for (size_t k = 0; k < (size_t)17 * 90 * 3; k++) {
            ck_assert_uint_eq(resized.pixels[k], levels[i]);
        }
        mien_image_free(&source);
        mien_image_free(&resized);
    }
}
END_TEST

START_TEST(refuses_sizes_that_cannot_be) {
    mien_image source = picture_noise(4, 4, 3), resized;
    ck_assert_int_eq(mien_image_resize(&source, 0, 5, &resized, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_resize(&source, 5, 0, &resized, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_resize(&source, UINT32_MAX, UINT32_MAX, &resized, NULL),
                     MIEN_INVALID_ARGUMENT); // three channels overflow 64 bits
    ck_assert_int_eq(mien_image_resize(&(mien_image){0}, 5, 5, &resized, NULL),
                     MIEN_INVALID_ARGUMENT);
    source.channels = 4;
    ck_assert_int_eq(mien_image_resize(&source, 5, 5, &resized, NULL), MIEN_INVALID_ARGUMENT);
    mien_image_free(&source);
}
END_TEST

START_TEST(crops) {
    mien_image source = picture_noise(10, 8, 3), cropped;
    ck_assert_int_eq(mien_image_crop(&source, 3, 2, 7, 6, &cropped, NULL), MIEN_OK);
    ck_assert_uint_eq(cropped.width, 7);
    ck_assert_uint_eq(cropped.height, 6);
    for (size_t y = 0; y < 6; y++) {
        for (size_t x = 0; x < 21; x++) {
            ck_assert_uint_eq(cropped.pixels[y * 21 + x], source.pixels[(y + 2) * 30 + 9 + x]);
        }
    }
    mien_image_free(&cropped);
    static const uint32_t outside[][4] = {
        {4, 0, 7, 1},  {0, 3, 1, 6},          {11, 0, 1, 1}, {UINT32_MAX, 0, 2, 2},
        {10, 0, 0, 1}, {1, 1, UINT32_MAX, 1}, {0, 0, 1, 0}};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        mien_error error = MIEN_ERROR_INIT;
        const uint32_t *crop = outside[i];
        ck_assert_int_eq(
            mien_image_crop(&source, crop[0], crop[1], crop[2], crop[3], &cropped, &error),
            MIEN_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, "does not lie inside the picture of 10x8"), "%s",
                      error.message);
    }
    mien_image_free(&source);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("resizing");
    tcase_add_loop_test(tests, resizes_as_pillow_does, 0, 2 * SAMPLES);
    tcase_add_test(tests, keeps_a_flat_picture_flat);
    tcase_add_test(tests, refuses_sizes_that_cannot_be);
    tcase_add_test(tests, crops);
    Suite *suite = suite_create("images: resizing");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
