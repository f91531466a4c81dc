// SPDX-License-Identifier: Apache-2.0
// From picture to network input, against Pillow's and torchvision's transforms.
#include "support/picture.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IMAGENET .mean = {0.485F, 0.456F, 0.406F}, .std = {0.229F, 0.224F, 0.225F}
#define SPEC(...) {.size = sizeof(mien_input_spec), __VA_ARGS__}

typedef struct sample {
    const char *name;
    uint32_t width, height, channels; // of the picture
    mien_input_spec spec;
} sample;

static const sample samples[] = {
    {"input-rgb", 90, 70, 3, SPEC(.width = 16, .height = 12, .channels = 3, IMAGENET)},
    {"input-bgr", 90, 70, 3,
     SPEC(.width = 16, .height = 12, .channels = 3, .color = MIEN_BGR, IMAGENET)},
    {"input-gray", 90, 70, 3,
     SPEC(.width = 16, .height = 12, .channels = 1, .color = MIEN_GRAY, .mean = {0.5F},
          .std = {0.5F})},
    {"input-gray-repeated", 90, 70, 3,
     SPEC(.width = 16, .height = 12, .channels = 3, .color = MIEN_GRAY, IMAGENET)},
    {"input-from-gray", 90, 70, 1, SPEC(.width = 16, .height = 12, .channels = 3, IMAGENET)},
    {"input-crop-wide", 90, 70, 3,
     SPEC(.width = 21, .height = 21, .channels = 3, .resize = MIEN_RESIZE_CROP,
          .crop_fraction = 0.875F, IMAGENET)},
    {"input-crop-tall", 53, 71, 3,
     SPEC(.width = 21, .height = 21, .channels = 3, .resize = MIEN_RESIZE_CROP,
          .crop_fraction = 0.875F, IMAGENET)},
    {"input-letterbox-wide", 90, 70, 3,
     SPEC(.width = 16, .height = 16, .channels = 3, .resize = MIEN_RESIZE_LETTERBOX, IMAGENET)},
    {"input-letterbox-tall", 70, 90, 3,
     SPEC(.width = 20, .height = 14, .channels = 3, .resize = MIEN_RESIZE_LETTERBOX, IMAGENET)},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

START_TEST(prepares_as_torchvision_does) {
    const sample *wanted = &samples[_i];
    const mien_input_spec *spec = &wanted->spec;
    size_t count = (size_t)spec->height * spec->width * spec->channels;
    mien_image picture = picture_noise(wanted->width, wanted->height, wanted->channels);
    float *expected = picture_expected_input(wanted->name, count);
    float *input = malloc(count * sizeof *input);
    ck_assert_ptr_nonnull(input);
    memset(input, 0xFF, count * sizeof *input); // NaN: what is not written is seen
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_image_to_input(&picture, spec, input, &error) == MIEN_OK, "%s",
                  error.message);
    float tolerance = 2 / 255.0F / 0.224F; // 2/255 of the resize, scaled by the smallest std
    for (size_t i = 0; i < count; i++) {
        float difference = fabsf(input[i] - expected[i]);
        ck_assert_msg(difference <= tolerance, "%s: element %zu is %g, not %g", wanted->name, i,
                      (double)input[i], (double)expected[i]);
    }
    mien_image_free(&picture);
    free(expected);
    free(input);
}
END_TEST

START_TEST(scales_exactly) {
    mien_image picture = picture_noise(16, 16, 3);
    mien_input_spec spec =
        SPEC(.width = 16, .height = 16, .channels = 3, .color = MIEN_BGR, IMAGENET);
    float input[16 * 16 * 3];
    ck_assert_int_eq(mien_image_to_input(&picture, &spec, input, NULL), MIEN_OK);
    for (size_t i = 0; i < 256; i++) {
        for (size_t c = 0; c < 3; c++) {
            float value = ((float)picture.pixels[3 * i + 2 - c] / 255 - spec.mean[c]) / spec.std[c];
            ck_assert_float_eq_tol(input[3 * i + c], value, 1e-6F);
        }
    }
    mien_image_free(&picture);
}
END_TEST

START_TEST(places_extreme_pictures) {
    static const uint32_t sizes[][2] = {{1, 1}, {4000, 1}, {1, 4000}, {2, 3}, {5, 4}};
    mien_input_spec spec =
        SPEC(.width = 9, .height = 7, .channels = 1, .color = MIEN_GRAY, .std = {1});
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mien_image picture = picture_noise(sizes[i][0], sizes[i][1], 1);
        for (int rule = MIEN_RESIZE_STRETCH; rule <= MIEN_RESIZE_LETTERBOX; rule++) {
            spec.resize = (mien_resize)rule;
            float input[9 * 7];
            memset(input, 0xFF, sizeof input);
            mien_error error = MIEN_ERROR_INIT;
            ck_assert_msg(mien_image_to_input(&picture, &spec, input, &error) == MIEN_OK, "%s",
                          error.message);
            for (size_t k = 0; k < sizeof input / sizeof *input; k++) {
                ck_assert(input[k] >= 0 && input[k] <= 1);
            }
        }
        mien_image_free(&picture);
    }
}
END_TEST

START_TEST(refuses_rules_that_make_no_sense) {
    mien_image picture = picture_noise(4, 4, 3);
    const mien_input_spec good = SPEC(.width = 4, .height = 4, .channels = 3, .std = {1, 1, 1});
    float input[4 * 4 * 3];
    ck_assert_int_eq(mien_image_to_input(&picture, &good, input, NULL), MIEN_OK);
    mien_input_spec bad[10];
    for (size_t i = 0; i < 10; i++) {
        bad[i] = good;
    }
    bad[0].size = 8;
    bad[1].width = 0;
    bad[2].height = 0;
    bad[3].channels = 1; // of RGB
    bad[4].channels = 4;
    bad[5].std[1] = 0;
    bad[6].mean[2] = NAN;
    bad[7].crop_fraction = 1.5F;
    bad[8].color = (mien_color)7;
    bad[9].resize = (mien_resize)7;
    for (size_t i = 0; i < 10; i++) {
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(mien_image_to_input(&picture, &bad[i], input, &error),
                         MIEN_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, "input rule"), "%s", error.message);
    }
    ck_assert_int_eq(mien_image_to_input(&picture, NULL, input, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_to_input(NULL, &good, input, NULL), MIEN_INVALID_ARGUMENT);
    mien_image_free(&picture);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("input");
    tcase_add_loop_test(tests, prepares_as_torchvision_does, 0, SAMPLES);
    tcase_add_test(tests, scales_exactly);
    tcase_add_test(tests, places_extreme_pictures);
    tcase_add_test(tests, refuses_rules_that_make_no_sense);
    Suite *suite = suite_create("images: input");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
