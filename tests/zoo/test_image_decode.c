// SPDX-License-Identifier: Apache-2.0
// Decoding every supported form of JPEG and PNG: the pixels are Pillow's, upright, over white.
#include "support/picture.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct sample {
    const char *name;
    int tolerance; // 0 where the format says exactly what the pixels are
} sample;

static const sample samples[] = {
    {"rgb.png", 0},
    {"gray.png", 0},
    {"bilevel.png", 0},
    {"palette.png", 0},
    {"interlaced.png", 0},
    {"gray-16.png", 0},
    {"rgb-16.png", 0},
    {"rgba.png", 1},
    {"gray-alpha.png", 1},
    {"gray-transparent.png", 0},
    {"palette-alpha.png", 1},
    {"orientation-6.png", 0},
    {"orientation-8-late.png", 0},
    {"rgb.jpg", 2},
    {"full-chroma.jpg", 2},
    {"progressive.jpg", 2},
    {"gray.jpg", 2},
    {"cmyk.jpg", 2},
    {"ycck.jpg", 2},
    {"extraneous.jpg", 2},
    {"orientation-1.jpg", 2},
    {"orientation-2.jpg", 2},
    {"orientation-3.jpg", 2},
    {"orientation-4.jpg", 2},
    {"orientation-5.jpg", 2},
    {"orientation-6.jpg", 2},
    {"orientation-7.jpg", 2},
    {"orientation-8.jpg", 2},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

START_TEST(decodes_as_pillow_does) {
    const sample *wanted = &samples[_i];
    mien_image image, expected = picture_expected(wanted->name);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_image_read(picture_path(wanted->name), NULL, &image, &error) == MIEN_OK,
                  "%s", error.message);
    int difference = picture_difference(&image, &expected);
    ck_assert_msg(difference <= wanted->tolerance, "%s differs by %d", wanted->name, difference);
    mien_image_free(&image);
    mien_image_free(&expected);
}
END_TEST

START_TEST(decodes_from_memory) {
    size_t size;
    uint8_t *bytes = picture_bytes(picture_path("rgb.png"), &size);
    mien_image image, expected = picture_expected("rgb.png");
    ck_assert_int_eq(mien_image_decode(bytes, size, NULL, &image, NULL), MIEN_OK);
    ck_assert_int_eq(picture_difference(&image, &expected), 0);
    mien_image_free(&image);
    ck_assert_ptr_null(image.pixels);
    mien_image_free(&image);
    mien_image_free(NULL);
    mien_image_free(&expected);
    free(bytes);
}
END_TEST

START_TEST(reads_standard_input) {
    int file = open(picture_path("gray.jpg"), O_RDONLY);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(dup2(file, STDIN_FILENO), STDIN_FILENO);
    close(file);
    mien_image image, expected = picture_expected("gray.jpg");
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_image_read("-", NULL, &image, &error), MIEN_OK);
    ck_assert_int_le(picture_difference(&image, &expected), 2);
    mien_image_free(&image);
    mien_image_free(&expected);
    ck_assert_int_eq(mien_image_read("-", NULL, &image, &error), MIEN_BAD_INPUT);
    ck_assert_str_eq(error.message, "standard input: is empty; a JPEG or PNG is needed");
}
END_TEST

START_TEST(reads_a_pipe) {
    size_t size;
    uint8_t *bytes = picture_bytes(picture_path("rgb.jpg"), &size);
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], bytes, size), (ssize_t)size); // less than a pipe holds
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    mien_image image;
    ck_assert_int_eq(mien_image_read("-", NULL, &image, NULL), MIEN_OK);
    ck_assert_uint_eq(image.width, 37);
    ck_assert_uint_eq(image.height, 29);
    mien_image_free(&image);
    free(bytes);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("decoding");
    tcase_add_loop_test(tests, decodes_as_pillow_does, 0, SAMPLES);
    tcase_add_test(tests, decodes_from_memory);
    tcase_add_test(tests, reads_standard_input);
    tcase_add_test(tests, reads_a_pipe);
    Suite *suite = suite_create("images: decoding");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
