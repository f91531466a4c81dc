// SPDX-License-Identifier: Apache-2.0
// What the pass over a data set computes, against the model asked directly.
#include "host/cli/evaluator.h"
#include "support/folder.h"
#include "support/picture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS = 2, MOST_CLASSES = 16, CLASSES = 3, PICTURES = 5 };
static const char *const model_names[MODELS] = {"face-expression", "mini-xception"}; // RGB, grey
static const char *const classes[CLASSES] = {"angry", "happy", "sad"};

static const struct {
    const char *name;
    size_t label;
    bool mirrored;
} pictures[PICTURES] = {{"angry/1.png", 0, false},
                        {"happy/1.png", 1, false},
                        {"happy/2.png", 1, true},
                        {"sad/1.png", 2, true},
                        {"sad/2.png", 2, false}};

static char *folder;

/// A picture whose two sides differ, as it is or turned round.
static mien_image uneven(bool mirrored) {
    mien_image image = picture_noise(96, 80, 3);
    for (uint32_t y = 0; y < image.height; y++) {
        for (uint32_t x = 0; x < image.width; x++) {
            uint8_t *pixel = image.pixels + 3 * ((size_t)y * image.width + x);
            uint32_t at = mirrored ? image.width - 1 - x : x;
            pixel[0] = (uint8_t)(at * 2);
            pixel[1] = (uint8_t)(at < 30 ? 200 : y);
            pixel[2] = (uint8_t)(at + y);
        }
    }
    return image;
}

/// The model's probabilities of the classes, restricted and scaled here.
static void ask(const char *name, bool mirrored, double shares[CLASSES]) {
    mien_registry *registry;
    mien_answerer *model;
    ck_assert_int_eq(mien_registry_create(NULL, &registry, NULL), MIEN_OK);
    ck_assert_int_eq(mien_answerer_load(registry, name, NULL, &model, NULL), MIEN_OK);
    mien_picture picture = {.whole = uneven(mirrored)};
    mien_batch input;
    float logits[MOST_CLASSES];
    ck_assert_uint_le(mien_answerer_classes(model), MOST_CLASSES);
    ck_assert_int_eq(mien_picture_batch(&picture, model, &input, NULL), MIEN_OK);
    ck_assert_int_eq(mien_answerer_run(model, mien_batch_inputs(&input), 1, logits, NULL), MIEN_OK);
    double sum = 0;
    for (size_t k = 0; k < CLASSES; k++) {
        size_t i = 0;
        while (strcmp(mien_answerer_class(model, i), classes[k]) != 0) {
            i++;
        }
        sum += shares[k] = exp((double)logits[i]);
    }
    for (size_t k = 0; k < CLASSES; k++) {
        shares[k] /= sum;
    }
    mien_batch_clear(&input);
    mien_picture_clear(&picture);
    mien_answerer_free(model);
    mien_registry_free(registry);
}

static double evaluated_loss(const char *name, bool flip) {
    mien_registry *registry;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_registry_create(NULL, &registry, NULL), MIEN_OK);
    mien_evaluation evaluation = {
        .command = "evaluate", .dataset = folder, .flip = flip, .batch = 2, .threads = 1};
    evaluation.rows = calloc(1, sizeof *evaluation.rows);
    ck_assert_ptr_nonnull(evaluation.rows);
    evaluation.count = 1;
    evaluation.rows[0].name = strdup(name);
    const mien_model_options how = {.threads = 1};
    ck_assert_int_eq(mien_guest_create(registry, name, &evaluation.rows[0].guest, NULL), MIEN_OK);
    ck_assert_int_eq(mien_guest_load(evaluation.rows[0].guest, &how, NULL), MIEN_OK);
    mien_status status = mien_evaluation_find(&evaluation, registry, &error);
    if (status == MIEN_OK) {
        status = mien_evaluation_choose(&evaluation, NULL, &error);
    }
    if (status == MIEN_OK) {
        status = mien_evaluator_run(&evaluation, &error);
    }
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(evaluation.class_count, CLASSES);
    ck_assert_uint_eq(mien_scores_pictures(evaluation.rows[0].scores), PICTURES);
    double loss = evaluation.rows[0].figures[MIEN_FIGURE_LOG_LOSS];
    mien_evaluation_clear(&evaluation);
    mien_registry_free(registry);
    return loss;
}

START_TEST(losses_are_those_of_the_model_asked_directly) {
    double plain[CLASSES], mirrored[CLASSES], loss = 0, flipped = 0;
    ask(model_names[_i], false, plain);
    ask(model_names[_i], true, mirrored);
    ck_assert_double_gt(fabs(plain[0] - mirrored[0]), 0.01); // else this could tell nothing
    for (size_t i = 0; i < PICTURES; i++) {
        size_t label = pictures[i].label;
        loss -= log(pictures[i].mirrored ? mirrored[label] : plain[label]);
        flipped -= log((plain[label] + mirrored[label]) / 2);
    }
    // Batches may take other kernels; resizing sums the other way round.
    ck_assert_double_eq_tol(evaluated_loss(model_names[_i], false), loss / PICTURES, 1e-4);
    ck_assert_double_eq_tol(evaluated_loss(model_names[_i], true), flipped / PICTURES, 2e-3);
}
END_TEST

static void set_up(void) {
    folder = make_folder();
    for (size_t i = 0; i < PICTURES; i++) {
        char path[512];
        write_file(folder, pictures[i].name, "", 0);
        snprintf(path, sizeof path, "%s/%s", folder, pictures[i].name);
        mien_image image = uneven(pictures[i].mirrored);
        ck_assert_int_eq(mien_image_write_png(&image, path, NULL), MIEN_OK);
        mien_image_free(&image);
    }
}

static void tear_down(void) {
    remove_folder(folder);
}

int main(void) {
    Suite *suite = suite_create("evaluator");
    TCase *cases = tcase_create("pass");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, losses_are_those_of_the_model_asked_directly, 0, MODELS);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
