// SPDX-License-Identifier: Apache-2.0
// The SANITY of `mien explain --measure` against a plain computation of it: a network of one
// convolution and one head in double precision, its own and its shuffled weights, the strengths of
// its maps before what is negative is cut, their ranks, and the ranks' correlation.
#include "host/cli/explain_measure.h"
#include "host/explain/shuffle.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/picture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 8,
    PIXELS = SIDE * SIDE,
    FILTERS = 3,
    POOLED = SIDE / 2,
    CLASSES = 3,
    PICTURES = 4,
    TIMES = 2
};

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static char *folder;
static mien_registry *registry;
static mien_answerer *answerer;
static char paths[PICTURES][4096];

static void set_up(void) {
    mien_error error = MIEN_ERROR_INIT;
    folder = make_folder();
    write_model(folder, "m", "cnn-baseline",
                "input: {height: 8, width: 8, channels: 1}\n"
                "config: {filters: [3], batch_norm: false, dense: []}\n");
    for (uint32_t i = 0; i < PICTURES; i++) {
        mien_image image = picture_noise(SIDE + i, SIDE, 1);
        snprintf(paths[i], sizeof paths[i], "%s/%u.png", folder, i);
        SUCCEEDS(mien_image_write_png(&image, paths[i], &error));
        mien_image_free(&image);
    }
    registry = make_registry(folder);
    SUCCEEDS(mien_answerer_load(registry, "m", NULL, &answerer, &error));
}

static void tear_down(void) {
    mien_answerer_free(answerer);
    mien_registry_free(registry);
    remove_folder(folder);
}

// --- The plain computation -----------------------------------------------------------------------

static const float *tensor(const mien_weights *weights, const char *name) {
    const mien_tensor *found = mien_weights_find(weights, name);
    ck_assert_msg(found, "no %s", name);
    return found->data;
}

static void convolve(const mien_weights *weights, const float *input,
                     double features[PIXELS][FILTERS]) {
    const float *kernel = tensor(weights, "conv1.weight"), *bias = tensor(weights, "conv1.bias");
    for (int p = 0; p < PIXELS; p++) {
        for (int f = 0; f < FILTERS; f++) {
            double sum = (double)bias[f];
            for (int k = 0; k < 9; k++) {
                const int y = p / SIDE + k / 3 - 1, x = p % SIDE + k % 3 - 1;
                if (y >= 0 && y < SIDE && x >= 0 && x < SIDE) {
                    sum += (double)kernel[f * 9 + k] * (double)input[y * SIDE + x];
                }
            }
            features[p][f] = fmax(sum, 0);
        }
    }
}

/// The pixel that a cell of the pooled map has its value of.
static int source_of(double features[PIXELS][FILTERS], int cell, int filter) {
    const int corner = cell / POOLED * 2 * SIDE + cell % POOLED * 2;
    const int of[] = {corner, corner + 1, corner + SIDE, corner + SIDE + 1};
    int best = corner;
    for (int i = 1; i < 4; i++) {
        best = features[of[i]][filter] > features[best][filter] ? of[i] : best;
    }
    return best;
}

/// The map of a class's logit at the convolution's end, signs and all.
static void make_map(const mien_weights *weights, const float *input, uint32_t class_index,
                     bool hires, double map[PIXELS]) {
    double features[PIXELS][FILTERS], gradient[PIXELS][FILTERS] = {{0}};
    const float *head = tensor(weights, "head.weight");
    convolve(weights, input, features);
    for (int cell = 0; cell < POOLED * POOLED; cell++) {
        for (int f = 0; f < FILTERS; f++) {
            gradient[source_of(features, cell, f)][f] =
                (double)head[((int)class_index * POOLED * POOLED + cell) * FILTERS + f];
        }
    }
    double mean[FILTERS] = {0};
    for (int i = 0; i < PIXELS * FILTERS; i++) {
        mean[i % FILTERS] += gradient[i / FILTERS][i % FILTERS] / PIXELS;
    }
    for (int p = 0; p < PIXELS; p++) {
        map[p] = 0;
        for (int f = 0; f < FILTERS; f++) {
            map[p] += (hires ? gradient[p][f] : mean[f]) * features[p][f];
        }
    }
}

/// Puts each value's rank in its place, that of equal values the mean of theirs.
static void rank(double values[PIXELS]) {
    double ranks[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
        ranks[i] = 0.5;
        for (int k = 0; k < PIXELS; k++) {
            ranks[i] += values[k] < values[i] ? 1 : values[k] > values[i] ? 0 : 0.5;
        }
    }
    memcpy(values, ranks, sizeof ranks);
}

static double correlate(const double a[PIXELS], const double b[PIXELS]) {
    double first[PIXELS], second[PIXELS], both = 0, one = 0, other = 0;
    const double mean = (PIXELS + 1) / 2.0;
    for (int i = 0; i < PIXELS; i++) {
        first[i] = fabs(a[i]);
        second[i] = fabs(b[i]);
    }
    rank(first);
    rank(second);
    for (int i = 0; i < PIXELS; i++) {
        both += (first[i] - mean) * (second[i] - mean);
        one += (first[i] - mean) * (first[i] - mean);
        other += (second[i] - mean) * (second[i] - mean);
    }
    return both / sqrt(one * other);
}

static double largest(const double map[PIXELS]) {
    double most = map[0];
    for (int i = 1; i < PIXELS; i++) {
        most = fmax(most, map[i]);
    }
    return most;
}

/// The mean correlation of a picture's map with those of its two first shuffles; NAN where its own
/// map cannot be drawn. `*cut` counts maps of shuffled weights of which nothing would be drawn.
static double plain_sanity(const char *path, uint32_t class_index, bool hires, size_t *cut) {
    mien_error error = MIEN_ERROR_INIT;
    mien_picture picture = {0};
    mien_batch batch = {0};
    mien_weights *weights = NULL;
    const mien_model *model = mien_answerer_member(answerer, 0);
    double own[PIXELS], other[PIXELS], total = 0;
    SUCCEEDS(mien_weights_open(mien_model_weights_path(model), NULL, &weights, &error));
    SUCCEEDS(mien_picture_read(path, NULL, &picture, &error));
    SUCCEEDS(mien_picture_batch(&picture, answerer, &batch, &error));
    make_map(weights, batch.inputs[0], class_index, hires, own);
    for (uint64_t number = 0; number < TIMES; number++) {
        mien_shuffled_weights shuffled;
        SUCCEEDS(mien_shuffle_weights(model, number, &shuffled, &error));
        make_map(shuffled.weights, batch.inputs[0], class_index, hires, other);
        total += correlate(own, other);
        *cut += largest(own) > 0 && largest(other) <= 0;
        mien_shuffled_weights_clear(&shuffled);
    }
    mien_batch_clear(&batch);
    mien_picture_clear(&picture);
    mien_weights_close(weights);
    return largest(own) > 0 ? total / TIMES : (double)NAN;
}

// --- Tests ---------------------------------------------------------------------------------------

/// Of one picture, given so often.
static mien_faithful measure(const char *path, const char *class_name, bool hires) {
    mien_error error = MIEN_ERROR_INIT;
    mien_explaining explaining = {
        .options = {.how = {.method = hires ? MIEN_HIRES_CAM : MIEN_GRAD_CAM, .threads = 1},
                    .class_name = class_name}};
    char name[] = "m", *names[] = {name};
    const char *const pictures[TIMES] = {path, path};
    const mien_selection selection = {names, 1};
    mien_faithful figures = {0};
    size_t unusable = 0;
    SUCCEEDS(mien_explaining_open(&explaining, registry, &selection, &error));
    SUCCEEDS(mien_explain_take_measures(&explaining, "test", pictures, TIMES, 0, &figures,
                                        &unusable, &error));
    ck_assert_msg(figures.error.status == MIEN_OK, "%s", figures.error.message);
    ck_assert_uint_eq(unusable, 0);
    mien_explaining_close(&explaining);
    return figures;
}

START_TEST(test_sanity_is_the_correlation_of_strengths) {
    static const char *const classes[CLASSES] = {"a", "b", "c"};
    const bool hires = _i;
    size_t measured = 0, cut = 0;
    for (uint32_t k = 0; k < CLASSES * PICTURES; k++) {
        const char *path = paths[k / CLASSES];
        const mien_faithful figures = measure(path, classes[k % CLASSES], hires);
        const double expected = plain_sanity(path, k % CLASSES, hires, &cut);
        ck_assert_uint_eq(figures.sanity_empty, 0);
        ck_assert_uint_eq(figures.sanity.count, isnan(expected) ? 0 : TIMES);
        ck_assert_uint_eq(figures.sanity.count + figures.empty, TIMES);
        if (!isnan(expected)) {
            const mien_mean sanity = mien_faithful_sanity(&figures);
            ck_assert_double_eq_tol(mien_mean_value(&sanity), expected, 1e-6);
            measured++;
        }
    }
    ck_assert_uint_gt(measured, 0);
    ck_assert(hires || cut); // maps that would be empty once cut are measured, too
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sanity");
    TCase *tests = tcase_create("cases");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, test_sanity_is_the_correlation_of_strengths, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
