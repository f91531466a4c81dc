// SPDX-License-Identifier: Apache-2.0
// Several inputs of one picture: the same bits as one by one, and no resize more than they need,
// which is seen by the memory that resizing takes.
#include "support/picture.h"
#include "support/torture.h"
#include "zoo/image/inputs.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SPEC(...) {.size = sizeof(mien_input_spec), .width = 16, .height = 16, __VA_ARGS__}
#define IMAGENET .channels = 3, .mean = {0.485F, 0.456F, 0.406F}, .std = {0.229F, 0.224F, 0.225F}
#define BYTES .channels = 3, .std = {1 / 255.0F, 1 / 255.0F, 1 / 255.0F}
#define CROP .resize = MIEN_RESIZE_CROP
#define LETTERBOX .resize = MIEN_RESIZE_LETTERBOX

enum { RGB, BGR, GRAY, GRAY_THRICE, CROP_RGB, CROP_BGR, CROP_MOST, BOX_RGB, BOX_GRAY, LOW, RULES };
static const mien_input_spec rules[RULES] = {
    [RGB] = SPEC(IMAGENET),
    [BGR] = SPEC(BYTES, .color = MIEN_BGR),
    [GRAY] = SPEC(.channels = 1, .color = MIEN_GRAY, .mean = {0.5F}, .std = {0.25F}),
    [GRAY_THRICE] = SPEC(IMAGENET, .color = MIEN_GRAY),
    [CROP_RGB] = SPEC(BYTES, CROP),
    [CROP_BGR] = SPEC(IMAGENET, CROP, .color = MIEN_BGR, .crop_fraction = 1),
    [CROP_MOST] = SPEC(IMAGENET, CROP, .crop_fraction = 0.875F),
    [BOX_RGB] = SPEC(IMAGENET, LETTERBOX),
    [BOX_GRAY] = SPEC(BYTES, LETTERBOX, .color = MIEN_GRAY),
    [LOW] = {.size = sizeof(mien_input_spec), .width = 16, .height = 14, IMAGENET, LETTERBOX},
};
enum { MOST = 16 * 16 * 3 };

static size_t numbers_of(const mien_input_spec *spec) {
    return (size_t)spec->height * spec->width * spec->channels;
}

/// Returns how many blocks of memory that took.
static size_t make_inputs(const mien_image *picture, const mien_image_input *inputs, size_t count) {
    mien_error error = MIEN_ERROR_INIT;
    size_t before = torture_allocations();
    mien_status status = mien_image_to_inputs(picture, inputs, count, &error);
    size_t blocks = torture_allocations() - before; // before Check, which takes some as well
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    return blocks;
}

static const uint32_t pictures[][3] = {{90, 70, 3}, {70, 90, 1}, {40, 40, 3}, {16, 16, 3},
                                       {16, 16, 1}, {1, 1, 3},   {5, 300, 3}, {300, 5, 1}};

START_TEST(has_the_bits_of_one_by_one) {
    const uint32_t *size = pictures[_i];
    mien_image picture = picture_noise(size[0], size[1], size[2]);
    static float together[RULES][MOST], alone[MOST];
    memset(together, 0xFF, sizeof together); // NaN: what is not written is seen
    mien_image_input inputs[RULES];
    for (size_t i = 0; i < RULES; i++) {
        inputs[i] = (mien_image_input){&rules[i], together[i]};
    }
    make_inputs(&picture, inputs, RULES);
    for (size_t i = 0; i < RULES; i++) {
        memset(alone, 0, sizeof alone);
        ck_assert_int_eq(mien_image_to_input(&picture, &rules[i], alone, NULL), MIEN_OK);
        ck_assert_msg(memcmp(together[i], alone, numbers_of(&rules[i]) * sizeof *alone) == 0,
                      "input %zu is another", i);
    }
    mien_image_free(&picture);
}
END_TEST

static size_t blocks_of_a_resize(const mien_image *picture) {
    mien_image resized;
    size_t before = torture_allocations();
    mien_status status = mien_image_resize(picture, 16, 16, &resized, NULL);
    size_t blocks = torture_allocations() - before;
    ck_assert_int_eq(status, MIEN_OK);
    mien_image_free(&resized);
    return blocks;
}

typedef struct sharing {
    uint32_t width, height, channels; // of the picture
    size_t count;
    int rules[RULES];
    size_t resizes, grays; // of the whole picture, made grey once at most
} sharing;

static const sharing sharings[] = {
    {90, 70, 3, 1, {RGB}, 1, 0},
    {90, 70, 3, 2, {RGB, BGR}, 1, 0},
    {90, 70, 3, 2, {GRAY, GRAY_THRICE}, 1, 1},
    {90, 70, 3, 4, {GRAY, RGB, GRAY_THRICE, BGR}, 2, 1},
    {90, 70, 1, 4, {GRAY, RGB, GRAY_THRICE, BGR}, 1, 0}, // grey already
    {90, 70, 3, 2, {CROP_RGB, CROP_BGR}, 1, 0},          // all of it is the default
    {90, 70, 3, 3, {RGB, CROP_RGB, CROP_MOST}, 3, 0},
    {90, 70, 3, 5, {RGB, CROP_RGB, BGR, CROP_BGR, RGB}, 2, 0},
    {90, 70, 3, 2, {GRAY, BOX_GRAY}, 2, 1},
    {90, 70, 3, 2, {BOX_RGB, LOW}, 1, 0}, // more black, the same picture in it
    {70, 90, 3, 2, {BOX_RGB, LOW}, 2, 0},
    {40, 40, 3, 4, {RGB, CROP_RGB, BOX_RGB, CROP_BGR}, 1, 0}, // square to square
    {90, 70, 3, RULES, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 6, 1},
};

START_TEST(resizes_once_for_the_same_pixels) {
    const sharing *wanted = &sharings[_i];
    mien_image picture = picture_noise(wanted->width, wanted->height, wanted->channels);
    static float values[RULES][MOST];
    mien_image_input inputs[RULES];
    for (size_t i = 0; i < wanted->count; i++) {
        inputs[i] = (mien_image_input){&rules[wanted->rules[i]], values[i]};
    }
    size_t resize = blocks_of_a_resize(&picture);
    ck_assert_uint_gt(resize, 1);
    ck_assert_uint_eq(make_inputs(&picture, inputs, wanted->count),
                      wanted->resizes * resize + wanted->grays);
    mien_image_free(&picture);
}
END_TEST

START_TEST(refuses_a_rule_among_good_ones) {
    mien_image picture = picture_noise(9, 9, 3);
    mien_input_spec bad = rules[RGB];
    bad.std[1] = 0;
    static float values[3][MOST];
    const mien_image_input inputs[] = {
        {&rules[RGB], values[0]}, {&bad, values[1]}, {&rules[GRAY], values[2]}};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_image_to_inputs(&picture, inputs, 3, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_msg(strstr(error.message, "std 0 of channel 1"), "%s", error.message);
    ck_assert_uint_eq(make_inputs(&picture, inputs, 0), 0);
    mien_image_free(&picture);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("inputs");
    tcase_add_loop_test(tests, has_the_bits_of_one_by_one, 0, sizeof pictures / sizeof *pictures);
    tcase_add_loop_test(tests, resizes_once_for_the_same_pixels, 0,
                        sizeof sharings / sizeof *sharings);
    tcase_add_test(tests, refuses_a_rule_among_good_ones);
    Suite *suite = suite_create("images: inputs");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
