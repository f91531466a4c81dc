// SPDX-License-Identifier: Apache-2.0
// Damage: what each kind does, by what can be worked out by hand; the same for the same seed and
// name.
#include "host/corruption/corruption.h"
#include "support/picture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mien_image flat(uint32_t width, uint32_t height, uint32_t channels, int level) {
    mien_image image = picture_noise(width, height, channels);
    memset(image.pixels, level, (size_t)width * height * channels);
    return image;
}

static size_t bytes(const mien_image *image) {
    return (size_t)image->height * image->width * image->channels;
}

static void damage(const char *what, uint32_t seed, const char *name, mien_image *image) {
    mien_corruption corruption;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_corruption_parse(what, &corruption, &error) == MIEN_OK, "%s", error.message);
    corruption.seed = seed;
    ck_assert_msg(mien_corruption_apply(&corruption, name, image, &error) == MIEN_OK, "%s",
                  error.message);
}

START_TEST(none_leaves_everything) {
    mien_image image = picture_noise(13, 9, 3), same = picture_noise(13, 9, 3);
    damage("none", 1, "a.png", &image);
    ck_assert_mem_eq(image.pixels, same.pixels, bytes(&image));
    mien_image_free(&image);
    mien_image_free(&same);
}
END_TEST

START_TEST(brightness_raises_the_value_alone) {
    mien_image image = flat(1, 1, 3, 0), black = flat(1, 1, 1, 0);
    memcpy(image.pixels, (const uint8_t[]){200, 100, 50}, 3);
    damage("brightness:1", 0, "a.png", &image); // by 25.5, of 200: times 1.1275
    ck_assert_mem_eq(image.pixels, ((const uint8_t[]){226, 113, 56}), 3);
    damage("brightness:5", 0, "a.png", &black);
    ck_assert_uint_eq(black.pixels[0], 128);
    mien_image_free(&image);
    mien_image_free(&black);
}
END_TEST

START_TEST(blur_is_a_gaussian) {
    enum { SIDE = 101, MIDDLE = SIDE / 2 };
    mien_image image = flat(SIDE, SIDE, 1, 0), plain = flat(20, 30, 3, 77);
    for (size_t y = 0; y < SIDE; y++) { // a step, whose blur is the error function
        memset(image.pixels + y * SIDE + MIDDLE, 255, SIDE - MIDDLE);
    }
    damage("blur:5", 0, "a.png", &image);
    for (int x = 0; x < SIDE; x++) {
        const double wanted = 255 * 0.5 * (1 + erf((x - MIDDLE + 0.5) / (0.04 * SIDE * sqrt(2))));
        ck_assert_double_eq_tol(image.pixels[SIDE * MIDDLE + x], wanted, 1.5);
    }
    damage("blur:3", 0, "a.png", &plain);
    for (size_t i = 0; i < bytes(&plain); i++) {
        ck_assert_uint_eq(plain.pixels[i], 77);
    }
    mien_image_free(&image);
    mien_image_free(&plain);
}
END_TEST

START_TEST(noise_has_its_deviation_and_its_seed) {
    enum { SIDE = 200 };
    mien_image image = flat(SIDE, SIDE, 1, 128), again = flat(SIDE, SIDE, 1, 128);
    mien_image other = flat(SIDE, SIDE, 1, 128), named = flat(SIDE, SIDE, 1, 128);
    damage("noise:2", 7, "angry/1.png", &image);
    damage("noise:2", 7, "angry/1.png", &again);
    damage("noise:2", 8, "angry/1.png", &other);
    damage("noise:2", 7, "angry/2.png", &named);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < bytes(&image); i++) {
        const double step = image.pixels[i] - 128.0;
        sum += step;
        squares += step * step;
    }
    const double count = SIDE * SIDE, deviation = 0.08 * 255;
    ck_assert_double_lt(fabs(sum / count), 5 * deviation / SIDE); // five standard errors
    ck_assert_double_eq_tol(sqrt(squares / count), deviation, 0.02 * deviation);
    ck_assert_mem_eq(image.pixels, again.pixels, bytes(&image));
    ck_assert(memcmp(image.pixels, other.pixels, bytes(&image)) != 0);
    ck_assert(memcmp(image.pixels, named.pixels, bytes(&image)) != 0);
    mien_image_free(&image);
    mien_image_free(&again);
    mien_image_free(&other);
    mien_image_free(&named);
}
END_TEST

START_TEST(rotation_turns_by_its_angle) {
    enum { SIDE = 101, MIDDLE = SIDE / 2, RADIUS = 30 };
    mien_image image = flat(SIDE, SIDE, 1, 0);
    for (int i = 0; i < SIDE * SIDE; i++) {
        image.pixels[i] = (uint8_t)(50 + i % SIDE); // rises to the right
    }
    damage("rotation:5", 3, "a.png", &image);
    const double right = image.pixels[MIDDLE * SIDE + MIDDLE + RADIUS];
    const double below = image.pixels[(MIDDLE + RADIUS) * SIDE + MIDDLE];
    ck_assert_uint_eq(image.pixels[MIDDLE * SIDE + MIDDLE], 50 + MIDDLE);
    ck_assert_double_eq_tol(right - 50 - MIDDLE, RADIUS * cos(M_PI / 6), 1);
    ck_assert_double_eq_tol(fabs(below - 50 - MIDDLE), RADIUS * sin(M_PI / 6), 1);
    mien_image_free(&image);
}
END_TEST

START_TEST(both_ways_are_drawn) {
    size_t left = 0;
    for (int i = 0; i < 100; i++) {
        char name[16];
        mien_image image = flat(21, 21, 1, 0);
        for (int k = 0; k < 21 * 21; k++) {
            image.pixels[k] = (uint8_t)(k % 21 * 10);
        }
        snprintf(name, sizeof name, "%d.png", i);
        damage("rotation:3", 0, name, &image);
        left += image.pixels[18 * 21 + 10] < 100;
        mien_image_free(&image);
    }
    ck_assert_uint_gt(left, 25);
    ck_assert_uint_lt(left, 75);
}
END_TEST

START_TEST(occlusion_covers_its_share) {
    static const double shares[] = {0.05, 0.1, 0.2, 0.3, 0.4};
    for (int severity = 1; severity <= MIEN_SEVERITY_MOST; severity++) {
        mien_image image = flat(40, 30, 3, 0);
        char what[16];
        size_t covered = 0;
        snprintf(what, sizeof what, "occlusion:%d", severity);
        damage(what, 5, "a.png", &image);
        for (size_t i = 0; i < bytes(&image); i++) {
            ck_assert(image.pixels[i] == 0 || image.pixels[i] == 128);
            covered += image.pixels[i] == 128;
        }
        ck_assert_double_eq_tol((double)covered / (double)bytes(&image), shares[severity - 1],
                                0.02);
        mien_image_free(&image);
    }
}
END_TEST

START_TEST(jpeg_loses_more_and_more) {
    double before = 0;
    for (int severity = 1; severity <= MIEN_SEVERITY_MOST; severity++) {
        mien_image image = picture_noise(64, 48, 3), whole = picture_noise(64, 48, 3);
        char what[16];
        double loss = 0;
        snprintf(what, sizeof what, "jpeg:%d", severity);
        damage(what, 0, "a.png", &image);
        for (size_t i = 0; i < bytes(&image); i++) {
            loss += abs(image.pixels[i] - whole.pixels[i]);
        }
        ck_assert_double_gt(loss, before);
        before = loss;
        mien_image_free(&image);
        mien_image_free(&whole);
    }
}
END_TEST

START_TEST(a_picture_of_one_pixel_is_damaged_too) {
    static const char *const all[] = {"blur:5",       "noise:5",    "jpeg:5",
                                      "brightness:5", "rotation:5", "occlusion:5"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        mien_image image = flat(1, 1, 3, 9);
        damage(all[i], 0, "a.png", &image);
        mien_image_free(&image);
    }
}
END_TEST

START_TEST(what_is_no_corruption_is_refused) {
    static const char *const wrong[] = {"",       "blurr:3", "blur",   "blur:0", "blur:6",
                                        "blur:x", "blur:33", "none:1", ":3",     "noise:"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        mien_corruption corruption;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(mien_corruption_parse(wrong[i], &corruption, &error),
                         MIEN_INVALID_ARGUMENT);
        ck_assert_uint_gt(strlen(error.message), 0);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("corruption");
    TCase *cases = tcase_create("kinds");
    tcase_add_test(cases, none_leaves_everything);
    tcase_add_test(cases, brightness_raises_the_value_alone);
    tcase_add_test(cases, blur_is_a_gaussian);
    tcase_add_test(cases, noise_has_its_deviation_and_its_seed);
    tcase_add_test(cases, rotation_turns_by_its_angle);
    tcase_add_test(cases, both_ways_are_drawn);
    tcase_add_test(cases, occlusion_covers_its_share);
    tcase_add_test(cases, jpeg_loses_more_and_more);
    tcase_add_test(cases, a_picture_of_one_pixel_is_damaged_too);
    tcase_add_test(cases, what_is_no_corruption_is_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
