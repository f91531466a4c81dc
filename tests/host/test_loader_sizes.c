// SPDX-License-Identifier: Apache-2.0
// Networks of few sizes and many rules over one loader, as `mien compare` has them: each picture is
// decoded once and resized once a size, which is seen by the memory that both take.
#include "host/loader.h"
#include "support/folder.h"
#include "support/picture.h"
#include "support/torture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURES = 12 };

static char *folder;
static char *paths[PICTURES];

static void make_pictures(void) {
    folder = make_folder();
    for (uint32_t i = 0; i < PICTURES; i++) {
        ck_assert_int_gt(asprintf(&paths[i], "%s/%02u.png", folder, i), 0);
        mien_image picture = picture_noise(60 + i * 5, 90 - i, 3);
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

#define SPEC(side, ...)                                                                            \
    {.size = sizeof(mien_input_spec), .height = (side), .width = (side), __VA_ARGS__}
#define IMAGENET .channels = 3, .mean = {0.485F, 0.456F, 0.406F}, .std = {0.229F, 0.224F, 0.225F}
#define BYTES .channels = 3, .std = {1 / 255.0F, 1 / 255.0F, 1 / 255.0F}
#define LUMA .channels = 1, .color = MIEN_GRAY

// Three sizes, of which one is grey.
static const mien_input_spec specs[] = {
    SPEC(24, IMAGENET),
    SPEC(24, BYTES),
    SPEC(24, IMAGENET, .color = MIEN_BGR),
    SPEC(24, LUMA, .std = {1}),
    SPEC(32, BYTES, .color = MIEN_BGR),
    SPEC(24, LUMA, .mean = {0.5F}, .std = {0.5F}),
    SPEC(24, IMAGENET, .color = MIEN_GRAY),
    SPEC(32, IMAGENET),
    SPEC(24, BYTES, .color = MIEN_BGR),
};
enum { SPECS = sizeof specs / sizeof *specs, RESIZES = 3, GRAYS = 1, MOST = 32 * 32 * 3 };

/// Keeps the inputs of every picture, one rule after the other, and returns how many blocks of
/// memory that took, without what opening and closing takes.
static size_t load(const mien_input_spec *const *inputs, size_t count,
                   float (*kept)[PICTURES][MOST]) {
    const mien_loader_options options = {.paths = (const char *const *)paths,
                                         .path_count = PICTURES,
                                         .inputs = inputs,
                                         .input_count = count};
    mien_loader *loader = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_loader_open(&options, &loader, &error) == MIEN_OK, "%s", error.message);
    size_t before = torture_allocations();
    for (size_t i = 0; i < PICTURES; i++) {
        const mien_loader_item *item = NULL;
        ck_assert_int_eq(mien_loader_next(loader, &item, &error), MIEN_OK);
        ck_assert_msg(item->status == MIEN_OK, "%s", item->message);
        for (size_t k = 0; k < count; k++) {
            size_t numbers = (size_t)inputs[k]->height * inputs[k]->width * inputs[k]->channels;
            memcpy(kept[k][i], item->inputs[k], numbers * sizeof(float));
        }
    }
    size_t blocks = torture_allocations() - before;
    mien_loader_close(loader);
    return blocks;
}

static float together[SPECS][PICTURES][MOST], alone[1][PICTURES][MOST]; // zeros where unused

static size_t blocks_of_a_resize(void) {
    mien_image picture = picture_noise(60, 90, 3), resized;
    size_t before = torture_allocations();
    mien_status status = mien_image_resize(&picture, 24, 24, &resized, NULL);
    size_t blocks = torture_allocations() - before; // before Check, which takes some as well
    ck_assert_int_eq(status, MIEN_OK);
    mien_image_free(&resized);
    mien_image_free(&picture);
    return blocks;
}

START_TEST(each_size_is_made_once) {
    const mien_input_spec *inputs[SPECS];
    for (size_t i = 0; i < SPECS; i++) {
        inputs[i] = &specs[i];
    }
    load(inputs, 1, alone); // what threads and libraries keep for good, they make now
    size_t decoding = load(inputs, 0, alone);
    size_t resize = blocks_of_a_resize();
    ck_assert_uint_gt(resize, 1);
    ck_assert_uint_eq(load(inputs, 1, alone), decoding + PICTURES * resize);
    ck_assert_uint_eq(load(inputs, 3, together), decoding + PICTURES * resize);
    ck_assert_uint_eq(load(inputs, SPECS, together),
                      decoding + PICTURES * (RESIZES * resize + GRAYS));
}
END_TEST

START_TEST(inputs_are_those_of_a_network_alone) {
    const mien_input_spec *inputs[SPECS];
    for (size_t i = 0; i < SPECS; i++) {
        inputs[i] = &specs[i];
    }
    load(inputs, SPECS, together);
    for (size_t i = 0; i < SPECS; i++) {
        memset(alone, 0, sizeof alone);
        load(&inputs[i], 1, alone);
        ck_assert_msg(memcmp(together[i], alone[0], sizeof alone) == 0, "input %zu is another", i);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("loader: sizes");
    tcase_add_checked_fixture(tests, make_pictures, remove_pictures);
    tcase_add_test(tests, each_size_is_made_once);
    tcase_add_test(tests, inputs_are_those_of_a_network_alone);
    tcase_set_timeout(tests, 120);
    Suite *suite = suite_create("loader: sizes");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
