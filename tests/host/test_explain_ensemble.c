// SPDX-License-Identifier: Apache-2.0
// An ensemble's map is its members', each scaled to its peak, over the whole picture.
#include "host/explain/ensemble.h"
#include "host/explain/grid.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/picture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 40, HEIGHT = 60, CLASSES = 3 };

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static const mien_explain_options by_gradient = {.method = MIEN_HIRES_CAM, .threads = 1};

static char *folder;
static mien_registry *registry;
static mien_answerer *ensemble;
static mien_batch batch;

static void set_up(void) {
    folder = make_folder();
    write_model(folder, "m", "cnn-baseline", "input: {height: 24, width: 24}\n");
    write_model(folder, "p", "cnn-baseline", "input: {height: 40, width: 32, std: [0.2]}\n");
    write_model(folder, "cut", "cnn-baseline", "input: {height: 24, width: 24, resize: crop}\n");
    write_manifest(folder, "b", "by-itself", "");
    registry = make_registry(folder);
}

static void tear_down(void) {
    mien_batch_clear(&batch);
    mien_answerer_free(ensemble);
    mien_registry_free(registry);
    remove_folder(folder);
}

/// Loads an ensemble of these members, and has a picture ready for it.
static void open_ensemble(const char *members) {
    char text[512];
    mien_error error = MIEN_ERROR_INIT;
    const int length =
        snprintf(text, sizeof text,
                 "schema: 1\nkind: ensemble\nname: e\nclasses: [c, a, b]\nmembers: %s\n", members);
    write_file(folder, "e.yaml", text, (size_t)length);
    SUCCEEDS(mien_answerer_load(registry, "e", NULL, &ensemble, &error));
    mien_image image = picture_noise(HEIGHT, WIDTH, 3);
    SUCCEEDS(mien_batch_create(ensemble, 1, &batch, &error));
    SUCCEEDS(mien_batch_prepare(&batch, 0, &image, &error));
    mien_image_free(&image);
}

static mien_explanation explain(uint32_t class_index) {
    mien_error error = MIEN_ERROR_INIT;
    mien_ensemble_explainer *explainer = NULL;
    mien_explanation made = {0};
    SUCCEEDS(mien_ensemble_explainer_create(ensemble, &by_gradient, &explainer, &error));
    SUCCEEDS(
        mien_ensemble_explainer_run(explainer, &batch, WIDTH, HEIGHT, class_index, &made, &error));
    mien_ensemble_explainer_free(explainer);
    return made;
}

/// A member's own map of one of its classes, from 0 to 1 and as large as `like`; free() it.
static float *explain_member(size_t member, uint32_t class_index, const mien_explanation *like) {
    mien_error error = MIEN_ERROR_INIT;
    mien_explainer *explainer = NULL;
    mien_explanation own = {0};
    SUCCEEDS(mien_explainer_create(mien_answerer_member(ensemble, member), &by_gradient, &explainer,
                                   &error));
    SUCCEEDS(mien_explainer_run(explainer, batch.inputs[mien_answerer_rule_of(ensemble, member)],
                                class_index, &own, &error));
    const size_t pixels = (size_t)like->height * like->width;
    float *map = calloc(pixels, sizeof *map);
    ck_assert_ptr_nonnull(map);
    mien_grid_resize(own.values, own.height, own.width, map, like->height, like->width);
    for (size_t p = 0; p < pixels; p++) {
        map[p] = own.peak > 0 ? map[p] / own.peak : 0;
    }
    mien_explanation_clear(&own);
    mien_explainer_free(explainer);
    return map;
}

START_TEST(test_the_map_is_the_weighted_mean_of_scaled_maps) {
    static const uint32_t own_class[CLASSES] = {2, 0, 1}; // of c, a and b
    double strongest = 0;
    open_ensemble("[{model: p}, {model: m, weight: 3}]");
    for (uint32_t k = 0; k < CLASSES; k++) {
        mien_explanation made = explain(k);
        float *heavy = explain_member(0, own_class[k], &made),
              *light = explain_member(1, own_class[k], &made);
        double peak = 0;
        ck_assert(made.finite);
        ck_assert_uint_eq(made.class_index, k);
        for (size_t p = 0; p < (size_t)made.height * made.width; p++) {
            const double expected = (3 * (double)heavy[p] + (double)light[p]) / 4;
            ck_assert_double_eq_tol(made.values[p], expected, 1e-6);
            peak = fmax(peak, expected);
        }
        ck_assert_double_eq_tol(made.peak, peak, 1e-6);
        strongest = fmax(strongest, peak);
        free(heavy);
        free(light);
        mien_explanation_clear(&made);
    }
    ck_assert_double_gt(strongest, 0.5); // else nothing was compared
}
END_TEST

START_TEST(test_the_answer_is_the_ensembles) {
    float logits[CLASSES];
    double sum = 0;
    mien_error error = MIEN_ERROR_INIT;
    open_ensemble("[{model: p}, {model: m}]");
    SUCCEEDS(mien_answerer_run(ensemble, mien_batch_inputs(&batch), 1, logits, &error));
    mien_explanation made = explain(MIEN_PREDICTED_CLASS);
    for (size_t k = 0; k < CLASSES; k++) {
        sum += exp((double)logits[k]);
        ck_assert_float_ge(made.logit, logits[k]);
    }
    ck_assert_float_eq(made.logit, logits[made.class_index]);
    ck_assert_double_eq_tol(made.probability, exp((double)made.logit) / sum, 1e-9);
    mien_explanation_clear(&made);
}
END_TEST

/// The picture is higher than wide, and a member that cuts off its ends says nothing of them.
START_TEST(test_what_a_member_does_not_see_is_empty) {
    open_ensemble("[{model: cut}]");
    bool seen = false;
    for (uint32_t k = 0; k < CLASSES; k++) {
        mien_explanation made = explain(k);
        for (uint32_t x = 0; x < made.width; x++) {
            ck_assert_float_eq(made.values[x], 0);
            ck_assert_float_eq(made.values[(size_t)(made.height - 1) * made.width + x], 0);
        }
        seen = seen || made.peak > 0;
        mien_explanation_clear(&made);
    }
    ck_assert(seen);
}
END_TEST

START_TEST(test_a_member_without_gradients_is_named) {
    mien_error error = MIEN_ERROR_INIT;
    mien_ensemble_explainer *explainer = NULL;
    open_ensemble("[{model: m}, {model: b}]");
    ck_assert_int_eq(mien_ensemble_explainer_create(ensemble, &by_gradient, &explainer, &error),
                     MIEN_UNSUPPORTED);
    ck_assert_ptr_null(explainer);
    ck_assert_msg(strstr(error.message, "e: member \"b\": model b has no graph"), "%s",
                  error.message);
    const mien_explain_options asking = {.method = MIEN_OCCLUSION, .threads = 1};
    SUCCEEDS(mien_ensemble_explainer_create(ensemble, &asking, &explainer, &error));
    mien_explanation made = {0};
    SUCCEEDS(mien_ensemble_explainer_run(explainer, &batch, WIDTH, HEIGHT, 0, &made, &error));
    ck_assert(made.finite);
    mien_explanation_clear(&made);
    ck_assert_int_eq(
        mien_ensemble_explainer_run(explainer, &batch, WIDTH, HEIGHT, CLASSES, &made, &error),
        MIEN_INVALID_ARGUMENT);
    mien_ensemble_explainer_free(explainer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explanation of ensembles");
    TCase *tests = tcase_create("cases");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_the_map_is_the_weighted_mean_of_scaled_maps);
    tcase_add_test(tests, test_the_answer_is_the_ensembles);
    tcase_add_test(tests, test_what_a_member_does_not_see_is_empty);
    tcase_add_test(tests, test_a_member_without_gradients_is_named);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
