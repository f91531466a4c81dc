// SPDX-License-Identifier: Apache-2.0
// Alterations of one picture and mixtures of two, against plain definitions.
#include "support/picture.h"
#include "tools/train/core/data/augment.h"
#include "tools/train/core/data/mix.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static mien_error error;

static mien_input_spec input_rule(uint32_t side, uint32_t channels, mien_color color) {
    return (mien_input_spec){.size = sizeof(mien_input_spec),
                             .height = side,
                             .width = side,
                             .channels = channels,
                             .color = color,
                             .mean = {0.5f, 0.4f, 0.3f},
                             .std = {0.25f, 0.2f, 0.5f}};
}

static mien_example noise(uint32_t width, uint32_t height, uint32_t channels) {
    mien_image image = picture_noise(width, height, channels);
    return (mien_example){
        .pixels = image.pixels, .height = height, .width = width, .channels = channels};
}

static size_t numbers(const mien_input_spec *input) {
    return (size_t)input->height * input->width * input->channels;
}

static float *room(const mien_input_spec *input) {
    float *made = calloc(numbers(input), sizeof *made);
    ck_assert_ptr_nonnull(made);
    return made;
}

static float *altered(const mien_augmentation *strengths, const mien_example *example,
                      const mien_input_spec *input, uint64_t batch) {
    float *made = room(input);
    const mien_alteration how = mien_alteration_draw(strengths, example, input, 7, batch, 3);
    mien_alteration_apply(&how, example, input, made);
    return made;
}

static float *plain(const mien_example *example, const mien_input_spec *input) {
    float *made = room(input);
    ck_assert_int_eq(mien_example_to_input(example, input, made, &error), MIEN_OK);
    return made;
}

/// In 255ths of white.
static double largest_difference(const float *a, const float *b, const mien_input_spec *input) {
    double largest = 0;
    for (size_t i = 0; i < numbers(input); i++) {
        double std = (double)input->std[i % input->channels];
        largest = fmax(largest, fabs((double)a[i] - (double)b[i]) * std * 255);
    }
    return largest;
}

// --- Nothing drawn -------------------------------------------------------------------------------

static const struct {
    uint32_t width, height, channels, side, input_channels;
    mien_color color;
    double tolerance; // 255ths: none where no pixel lies between others
} identities[] = {
    {48, 48, 1, 48, 1, MIEN_GRAY, 1e-3},  {48, 48, 1, 48, 3, MIEN_GRAY, 1e-3},
    {48, 48, 3, 48, 3, MIEN_RGB, 1e-3},   {48, 48, 3, 48, 3, MIEN_BGR, 1e-3},
    {48, 48, 1, 48, 3, MIEN_BGR, 1e-3},   {48, 48, 1, 96, 3, MIEN_RGB, 0.501},
    {48, 48, 3, 96, 3, MIEN_BGR, 0.501},  {20, 33, 3, 64, 3, MIEN_RGB, 0.501},
    {20, 33, 1, 64, 1, MIEN_GRAY, 0.501}, {1, 1, 1, 5, 3, MIEN_RGB, 1e-3},
};

START_TEST(without_strengths_it_is_the_input) {
    mien_input_spec input =
        input_rule(identities[_i].side, identities[_i].input_channels, identities[_i].color);
    mien_example example =
        noise(identities[_i].width, identities[_i].height, identities[_i].channels);
    const mien_augmentation none = {0};
    float *expected = plain(&example, &input), *got = altered(&none, &example, &input, 0);
    double difference = largest_difference(expected, got, &input);
    ck_assert_msg(difference <= identities[_i].tolerance, "off by %g", difference);
    // And what "the input" is, a picture's own function says.
    const mien_image image = {.height = example.height,
                              .width = example.width,
                              .channels = example.channels,
                              .pixels = (uint8_t *)example.pixels};
    ck_assert_int_eq(mien_image_to_input(&image, &input, got, &error), MIEN_OK);
    ck_assert_mem_eq(got, expected, numbers(&input) * sizeof *got);
    free(expected);
    free(got);
    free((void *)example.pixels);
}
END_TEST

// --- Geometry ------------------------------------------------------------------------------------

START_TEST(flips_are_mirror_images) {
    mien_input_spec input = input_rule(9, 3, MIEN_RGB);
    mien_example example = noise(9, 9, 3);
    const mien_augmentation always = {.flip = 1};
    float *straight = plain(&example, &input), *mirrored = altered(&always, &example, &input, 0);
    for (size_t y = 0; y < 9; y++) {
        for (size_t x = 0; x < 9; x++) {
            for (size_t c = 0; c < 3; c++) {
                ck_assert_float_eq_tol(mirrored[(y * 9 + x) * 3 + c],
                                       straight[(y * 9 + 8 - x) * 3 + c], 1e-5f);
            }
        }
    }
    int flipped = 0;
    const mien_augmentation half = {.flip = 0.5};
    for (uint64_t batch = 0; batch < 1000; batch++) {
        flipped += mien_alteration_draw(&half, &example, &input, 7, batch, 0).column[0] < 0;
    }
    ck_assert_int_ge(flipped, 450); // three standard deviations are 47
    ck_assert_int_le(flipped, 550);
    free(straight);
    free(mirrored);
    free((void *)example.pixels);
}
END_TEST

/// A pixel's value where (x, y) looks, by the definition: weights in double precision.
static double look(const mien_example *example, double x, double y) {
    x = fmin(fmax(x, 0), example->width - 1);
    y = fmin(fmax(y, 0), example->height - 1);
    size_t left = (size_t)floor(x), top = (size_t)floor(y);
    size_t right = left + 1 < example->width ? left + 1 : left;
    size_t bottom = top + 1 < example->height ? top + 1 : top;
    double across = x - (double)left, down = y - (double)top;
    size_t wide = example->width;
    const uint8_t *p = example->pixels;
    return (1 - down) * ((1 - across) * p[top * wide + left] + across * p[top * wide + right]) +
           down * ((1 - across) * p[bottom * wide + left] + across * p[bottom * wide + right]);
}

START_TEST(a_quarter_turn_moves_pixels_to_their_places) {
    mien_example example = noise(12, 12, 1);
    mien_input_spec input = input_rule(12, 1, MIEN_GRAY);
    float *straight = plain(&example, &input), *turned = room(&input);
    // Written down, not drawn: what stands at (x, y) of the turned one was at (11 − y, x).
    const mien_alteration quarter = {.column = {0, -1, 11}, .row = {1, 0, 0}, .gain = 1};
    mien_alteration_apply(&quarter, &example, &input, turned);
    for (size_t y = 0; y < 12; y++) {
        for (size_t x = 0; x < 12; x++) {
            ck_assert_float_eq_tol(turned[y * 12 + x], straight[x * 12 + 11 - y], 1e-5f);
        }
    }
    free(straight);
    free(turned);
    free((void *)example.pixels);
}
END_TEST

START_TEST(warps_look_where_they_say) {
    mien_example example = noise(20, 14, 1);
    mien_input_spec input = input_rule(31, 1, MIEN_GRAY);
    const mien_augmentation strengths = {.flip = 0.5, .rotate = 40, .scale = 0.4, .shift = 0.5};
    double furthest = 0;
    for (uint64_t batch = 0; batch < 50; batch++) {
        const mien_alteration how = mien_alteration_draw(&strengths, &example, &input, 7, batch, 3);
        float *got = altered(&strengths, &example, &input, batch);
        for (uint32_t y = 0; y < 31; y++) {
            for (uint32_t x = 0; x < 31; x++) {
                double column =
                    (double)how.column[0] * x + (double)how.column[1] * y + (double)how.column[2];
                double row = (double)how.row[0] * x + (double)how.row[1] * y + (double)how.row[2];
                double value = (look(&example, column, row) / 255 - 0.5) / 0.25;
                furthest = fmax(furthest, fabs(value - (double)got[y * 31 + x]));
            }
        }
        free(got);
    }
    ck_assert_msg(furthest < 1e-3, "off by %g", furthest);
    free((void *)example.pixels);
}
END_TEST

/// The input's middle is where it was moved to, and distances from it are zoomed.
START_TEST(draws_keep_to_their_strengths) {
    mien_example example = noise(48, 48, 1);
    mien_input_spec input = input_rule(96, 1, MIEN_GRAY);
    const mien_augmentation strengths = {.rotate = 15, .scale = 0.2, .shift = 0.1};
    double most_turn = 0, most_zoom = 0, least_zoom = 9, most_shift = 0;
    for (uint64_t batch = 0; batch < 2000; batch++) {
        const mien_alteration how = mien_alteration_draw(&strengths, &example, &input, 7, batch, 0);
        double a = (double)how.column[0], b = (double)how.column[1];
        double zoom = 0.5 / sqrt(a * a + b * b); // 0.5: the example is half as large
        most_turn = fmax(most_turn, fabs(atan2(b, a)) * 180 / acos(-1));
        most_zoom = fmax(most_zoom, zoom);
        least_zoom = fmin(least_zoom, zoom);
        // Where the example's middle has come to: solve for the pixel that looks at 23.5, 23.5.
        double c = (double)how.row[0], d = (double)how.row[1];
        double e = 23.5 - (double)how.column[2], f = 23.5 - (double)how.row[2];
        double x = (d * e - b * f) / (a * d - b * c);
        most_shift = fmax(most_shift, fabs(x + 0.5 - 48) / 96);
    }
    ck_assert_double_le(most_turn, 15.001);
    ck_assert_double_ge(most_turn, 14.5);
    ck_assert_double_le(most_zoom, 1.2001);
    ck_assert_double_ge(most_zoom, 1.19);
    ck_assert_double_ge(least_zoom, 0.7999);
    ck_assert_double_le(least_zoom, 0.81);
    ck_assert_double_le(most_shift, 0.1001);
    ck_assert_double_ge(most_shift, 0.098);
    free((void *)example.pixels);
}
END_TEST

// --- Light ---------------------------------------------------------------------------------------

START_TEST(contrast_keeps_the_mean_and_brightness_moves_it) {
    uint8_t pixels[64];
    double mean = 0;
    for (int i = 0; i < 64; i++) {
        pixels[i] = (uint8_t)(100 + i % 40); // so that nothing is cut off at black or white
        mean += pixels[i] / 64.0;
    }
    const mien_example example = {.pixels = pixels, .height = 8, .width = 8, .channels = 1};
    mien_input_spec input = input_rule(8, 1, MIEN_GRAY);
    const mien_augmentation contrast = {.contrast = 0.4}, brightness = {.brightness = 0.2};
    double widest = 0, brightest = 0;
    for (uint64_t batch = 0; batch < 200; batch++) {
        const mien_alteration how = mien_alteration_draw(&contrast, &example, &input, 7, batch, 3);
        float *got = altered(&contrast, &example, &input, batch);
        double sum = 0;
        for (int i = 0; i < 64; i++) {
            double value = ((double)got[i] * 0.25 + 0.5) * 255;
            sum += value / 64;
            ck_assert_double_eq_tol(value - mean, (pixels[i] - mean) * (double)how.gain, 1e-3);
        }
        ck_assert_double_eq_tol(sum, mean, 1e-3);
        widest = fmax(widest, fabs((double)how.gain - 1));
        free(got);
        const mien_alteration light =
            mien_alteration_draw(&brightness, &example, &input, 7, batch, 3);
        ck_assert_float_eq(light.gain, 1);
        brightest = fmax(brightest, fabs((double)light.offset));
    }
    ck_assert_double_le(widest, 0.4001);
    ck_assert_double_ge(widest, 0.38);
    ck_assert_double_le(brightest, 51.001);
    ck_assert_double_ge(brightest, 48);
}
END_TEST

START_TEST(light_stays_between_black_and_white) {
    mien_example example = noise(16, 16, 3);
    mien_input_spec input = input_rule(16, 3, MIEN_RGB);
    for (int sign = -1; sign <= 1; sign += 2) {
        const mien_alteration how = {
            .column = {1}, .row = {0, 1}, .gain = 1, .offset = (float)(300 * sign)};
        float *got = room(&input);
        mien_alteration_apply(&how, &example, &input, got);
        for (size_t i = 0; i < numbers(&input); i++) {
            float edge = ((sign > 0 ? 1.0f : 0.0f) - input.mean[i % 3]) / input.std[i % 3];
            ck_assert_float_eq_tol(got[i], edge, 1e-5f);
        }
        free(got);
    }
    free((void *)example.pixels);
}
END_TEST

// --- Erasing -------------------------------------------------------------------------------------

START_TEST(what_is_erased_is_a_rectangle_of_noise) {
    uint8_t pixels[32 * 32];
    memset(pixels, 128, sizeof pixels);
    const mien_example example = {.pixels = pixels, .height = 32, .width = 32, .channels = 1};
    mien_input_spec input = input_rule(64, 3, MIEN_RGB);
    const mien_augmentation strengths = {.erase = 0.5, .erase_area = 0.3};
    float *untouched = plain(&example, &input);
    int erased = 0, outside = 0; // pixels changed outside
    double largest = 0, sum = 0, count = 0, beyond = 0;
    for (uint64_t batch = 0; batch < 400; batch++) {
        const mien_alteration how = mien_alteration_draw(&strengths, &example, &input, 7, batch, 3);
        float *got = altered(&strengths, &example, &input, batch);
        erased += how.height > 0;
        largest = fmax(largest, (double)how.height * how.width / (64 * 64));
        for (size_t i = 0; i < (size_t)64 * 64; i++) {
            size_t y = i / 64 - how.top, x = i % 64 - how.left; // wraps above and left of it
            bool inside = y < how.height && x < how.width;
            double value = ((double)got[3 * i] * 0.25 + 0.5) * 255;
            sum += inside ? value : 0;
            count += inside;
            beyond = fmax(beyond, fabs(value - 127.5) - 127.5);
            outside += !inside && fabs((double)got[3 * i] - (double)untouched[3 * i]) > 1e-5;
        }
        ck_assert_uint_le(how.top + how.height, 64);
        ck_assert_uint_le(how.left + how.width, 64);
        free(got);
    }
    ck_assert_int_eq(outside, 0);
    ck_assert_double_le(beyond, 1e-3); // black or white
    ck_assert_int_ge(erased, 170);     // of 400, half; three standard deviations are 30
    ck_assert_int_le(erased, 230);
    ck_assert_double_le(largest, 0.3);
    ck_assert_double_ge(largest, 0.25);
    ck_assert_double_eq_tol(sum / count, 127.5, 1);
    free(untouched);
}
END_TEST

// --- Draws ---------------------------------------------------------------------------------------

START_TEST(draws_depend_on_seed_batch_and_row) {
    mien_example example = noise(8, 8, 1);
    mien_input_spec input = input_rule(8, 1, MIEN_GRAY);
    const mien_augmentation strengths = {.rotate = 10, .scale = 0.1, .shift = 0.1};
    const mien_alteration first = mien_alteration_draw(&strengths, &example, &input, 1, 2, 3);
    const mien_alteration same = mien_alteration_draw(&strengths, &example, &input, 1, 2, 3);
    ck_assert_mem_eq(first.column, same.column, sizeof first.column);
    const uint64_t others[][3] = {{2, 2, 3}, {1, 3, 3}, {1, 2, 4}, {1, 3, 2}};
    for (size_t i = 0; i < 4; i++) {
        const mien_alteration other = mien_alteration_draw(
            &strengths, &example, &input, others[i][0], others[i][1], others[i][2]);
        ck_assert_mem_ne(first.column, other.column, sizeof first.column);
    }
    free((void *)example.pixels);
}
END_TEST

START_TEST(strengths_out_of_range) {
    static const struct {
        mien_augmentation strengths;
        const char *message;
    } cases[] = {
        {{.flip = 1.5}, "flip is 1.5; it is a number from 0 to 1"},
        {{.rotate = -1}, "rotate is -1"},
        {{.scale = 1}, "scale is 1; it is a number from 0 to 0.9"},
        {{.erase_area = NAN}, "erase_area is"},
        {{.mixup = INFINITY}, "mixup is inf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(mien_augmentation_check(&cases[i].strengths, &error),
                         MIEN_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
    }
}
END_TEST

// --- Mixing --------------------------------------------------------------------------------------

/// Mean and variance of beta(α, α) are ½ and 1 / (8 α + 4).
START_TEST(beta_has_its_moments) {
    static const double alphas[] = {0.05, 0.3, 1, 5};
    for (size_t a = 0; a < 4; a++) {
        const double variance = 1 / (8 * alphas[a] + 4);
        double sum = 0, squares = 0;
        int outside = 0;
        const int count = 20000;
        for (int i = 0; i < count; i++) {
            double x = mien_draw_beta(alphas[a], 11, (uint64_t)i, 5);
            outside += !(x >= 0 && x <= 1);
            sum += x;
            squares += (x - 0.5) * (x - 0.5);
        }
        ck_assert_int_eq(outside, 0);
        ck_assert_double_eq_tol(sum / count, 0.5, 5 * sqrt(variance / count));
        ck_assert_double_eq_tol(squares / count, variance, 0.03 * variance);
    }
}
END_TEST

START_TEST(partners_are_mutual) {
    for (size_t rows = 1; rows < 9; rows++) {
        size_t alone = 0;
        for (size_t row = 0; row < rows; row++) {
            size_t partner = mien_mixing_partner(row, rows);
            ck_assert_uint_lt(partner, rows);
            ck_assert_uint_eq(mien_mixing_partner(partner, rows), row);
            alone += partner == row;
        }
        ck_assert_uint_eq(alone, rows % 2);
    }
}
END_TEST

static void mix(const mien_mixing *mixing, const mien_input_spec *input, float *first,
                float *second, float *first_target, float *second_target) {
    for (size_t i = 0; i < numbers(input); i++) {
        first[i] = 1;
        second[i] = -1;
    }
    memcpy(first_target, (float[]){1, 0, 0}, 3 * sizeof(float));
    memcpy(second_target, (float[]){0, 0.25f, 0.75f}, 3 * sizeof(float));
    mien_mixing_apply(mixing, input, 3, (float *[2]){first, second},
                      (float *[2]){first_target, second_target});
}

/// Pictures of 1 and −1: the mean says how much of each is in a mixture, whichever way.
START_TEST(targets_are_mixed_as_pictures_are) {
    const mien_augmentation kinds[] = {
        {.mix = 1, .mixup = 0.4}, {.mix = 1, .cutmix = 1}, {.mix = 1, .mixup = 1, .cutmix = 1}};
    mien_input_spec input = input_rule(24, 3, MIEN_RGB);
    float *first = room(&input), *second = room(&input);
    int cuts = 0, blends = 0;
    for (uint64_t batch = 0; batch < 300; batch++) {
        const mien_mixing mixing = mien_mixing_draw(&kinds[_i], &input, 7, batch);
        float a[3], b[3];
        mix(&mixing, &input, first, second, a, b);
        double own = 0, other = 0;
        for (size_t i = 0; i < numbers(&input); i++) {
            own += ((double)first[i] + 1) / 2 / (double)numbers(&input);
            other += (1 - (double)second[i]) / 2 / (double)numbers(&input);
        }
        ck_assert_double_eq_tol(own, (double)mixing.own, 1e-5);
        ck_assert_double_eq_tol(other, (double)mixing.own, 1e-5);
        ck_assert_float_eq_tol(a[0], mixing.own, 1e-6f);
        ck_assert_float_eq_tol(a[2], 0.75f * (1 - mixing.own), 1e-6f);
        ck_assert_float_eq_tol(b[0], 1 - mixing.own, 1e-6f);
        ck_assert_float_eq_tol(a[0] + a[1] + a[2], 1, 1e-6f);
        ck_assert_float_eq_tol(b[0] + b[1] + b[2], 1, 1e-6f);
        cuts += mixing.height > 0;
        blends += mixing.height == 0 && mixing.own < 1;
    }
    ck_assert_int_eq(cuts > 100, _i != 0);
    ck_assert_int_eq(blends > 100, _i != 1);
    free(first);
    free(second);
}
END_TEST

START_TEST(not_every_batch_is_mixed) {
    mien_input_spec input = input_rule(24, 3, MIEN_RGB);
    const mien_augmentation half = {.mix = 0.5, .mixup = 1}, none = {.mix = 1};
    int mixed = 0;
    for (uint64_t batch = 0; batch < 1000; batch++) {
        mixed += mien_mixing_draw(&half, &input, 7, batch).own < 1;
        ck_assert_float_eq(mien_mixing_draw(&none, &input, 7, batch).own, 1);
    }
    ck_assert_int_ge(mixed, 450);
    ck_assert_int_le(mixed, 550);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("augment");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, without_strengths_it_is_the_input, 0,
                        sizeof identities / sizeof *identities);
    tcase_add_test(tests, flips_are_mirror_images);
    tcase_add_test(tests, a_quarter_turn_moves_pixels_to_their_places);
    tcase_add_test(tests, warps_look_where_they_say);
    tcase_add_test(tests, draws_keep_to_their_strengths);
    tcase_add_test(tests, contrast_keeps_the_mean_and_brightness_moves_it);
    tcase_add_test(tests, light_stays_between_black_and_white);
    tcase_add_test(tests, what_is_erased_is_a_rectangle_of_noise);
    tcase_add_test(tests, draws_depend_on_seed_batch_and_row);
    tcase_add_test(tests, strengths_out_of_range);
    tcase_add_test(tests, beta_has_its_moments);
    tcase_add_test(tests, partners_are_mutual);
    tcase_add_loop_test(tests, targets_are_mixed_as_pictures_are, 0, 3);
    tcase_add_test(tests, not_every_batch_is_mixed);
    Suite *suite = suite_create("augmentation");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
