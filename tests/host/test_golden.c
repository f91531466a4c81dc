// SPDX-License-Identifier: Apache-2.0
// Golden samples: passing, failing, and the hints that say what is swapped.
#include "host/golden.h"
#include "mien/image.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/picture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;
static double logits[3]; // of the picture, by a model that is right

static void load_and_run(const char *input, const char *golden, mien_golden_result *result) {
    char more[2048];
    snprintf(more, sizeof more, "%s%s", input, golden);
    write_model(folder, "m", "sound", more);
    mien_registry *const registry = make_registry(folder);
    mien_answerer *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_answerer_load(registry, "m", NULL, &model, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_msg(mien_golden_run(model, 0, result, &error) == MIEN_OK, "%s", error.message);
    result->image = NULL; // the model's
    mien_answerer_free(model);
    mien_registry_free(registry);
}

/// The logits themselves, from the network itself.
static void measure(const char *input) {
    write_model(folder, "m", "sound", input);
    mien_registry *const registry = make_registry(folder);
    mien_model *model = NULL;
    ck_assert_int_eq(mien_model_load(registry, "m", NULL, &model, NULL), MIEN_OK);
    mien_image image = {0};
    char path[4096];
    float values[8 * 8 * 3], answers[3];
    snprintf(path, sizeof path, "%s/picture.png", folder);
    ck_assert_int_eq(mien_image_read(path, NULL, &image, NULL), MIEN_OK);
    ck_assert_int_eq(mien_image_to_input(&image, mien_model_input(model), values, NULL), MIEN_OK);
    ck_assert_int_eq(mien_model_run(model, values, 1, answers, NULL), MIEN_OK);
    for (size_t i = 0; i < 3; i++) {
        logits[i] = answers[i];
    }
    mien_image_free(&image);
    mien_model_free(model);
    mien_registry_free(registry);
}

static void set_up(void) {
    char path[4096];
    folder = make_folder();
    mien_image image = picture_noise(20, 16, 3);
    for (size_t i = 0; i < 20 * 16; i++) {
        image.pixels[3 * i] /= 4; // so that red and blue are not alike
    }
    snprintf(path, sizeof path, "%s/picture.png", folder);
    ck_assert_int_eq(mien_image_write_png(&image, path, NULL), MIEN_OK);
    mien_image_free(&image);
    measure("");
}

static void tear_down(void) {
    remove_folder(folder);
}

static const char *golden_of(const double values[3], const char *key) {
    static char text[512];
    snprintf(text, sizeof text, "golden: [{image: picture.png, %s: [%.9f, %.9f, %.9f]}]\n", key,
             values[0], values[1], values[2]);
    return text;
}

START_TEST(the_right_answer_passes) {
    mien_golden_result result;
    load_and_run("", golden_of(logits, "logits"), &result);
    ck_assert(result.passed);
    ck_assert_int_eq(result.status, MIEN_OK);
    ck_assert_double_le(result.difference, 1e-6);
    ck_assert_double_ge(result.allowed, 1e-3);
    ck_assert(!result.probabilities);
    ck_assert_str_eq(result.hint, "");
}
END_TEST

START_TEST(probabilities_are_compared_too) {
    double sum = 0, probabilities[3];
    for (size_t i = 0; i < 3; i++) {
        sum += probabilities[i] = exp(logits[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        probabilities[i] /= sum;
    }
    mien_golden_result result;
    load_and_run("", golden_of(probabilities, "probabilities"), &result);
    ck_assert(result.passed);
    ck_assert(result.probabilities);
    ck_assert_double_le(result.difference, 1e-6);
}
END_TEST

START_TEST(a_wrong_answer_names_the_class) {
    const double wrong[3] = {logits[0], logits[1] + 0.5, logits[2]};
    mien_golden_result result;
    load_and_run("", golden_of(wrong, "logits"), &result);
    ck_assert(!result.passed);
    ck_assert_uint_eq(result.worst_class, 1);
    ck_assert_double_eq_tol(result.difference, 0.5, 1e-5);
    ck_assert_double_eq_tol(result.expected - result.got, 0.5, 1e-5);
    ck_assert_str_eq(result.hint, "");
}
END_TEST

START_TEST(swapped_colours_are_named) {
    mien_golden_result result;
    load_and_run("input: {color: bgr}\n", golden_of(logits, "logits"), &result);
    ck_assert(!result.passed);
    ck_assert_str_eq(result.hint,
                     "colour order looks swapped: with input: {color: rgb} it would pass");
}
END_TEST

/// What came from a network whose labels stood in another order.
START_TEST(permuted_labels_are_named) {
    const double permuted[3] = {logits[1], logits[2], logits[0]}; // label a has logit 1, …
    mien_golden_result result;
    load_and_run("", golden_of(permuted, "logits"), &result);
    ck_assert(!result.passed);
    ck_assert_str_eq(result.hint,
                     "label order looks permuted: with classes: [c, a, b] it would pass");
}
END_TEST

START_TEST(tolerance_is_the_samples_own) {
    char text[512];
    mien_golden_result result;
    snprintf(text, sizeof text,
             "golden: [{image: picture.png, logits: [%.9f, %.9f, %.9f], tolerance: 0.5}]\n",
             logits[0] + 0.3, logits[1], logits[2]);
    load_and_run("", text, &result);
    ck_assert(result.passed);
    ck_assert_double_eq_tol(result.difference, 0.3, 1e-5);
}
END_TEST

START_TEST(crops_are_cut_before_the_input_rule) {
    mien_golden_result whole, part;
    static const char format[] =
        "golden: [{image: picture.png, crop: [%s], logits: [%.9f, %.9f, %.9f]}]\n";
    char text[512];
    snprintf(text, sizeof text, format, "0, 0, 20, 16", logits[0], logits[1], logits[2]);
    load_and_run("", text, &whole);
    ck_assert(whole.passed);
    snprintf(text, sizeof text, format, "3, 4, 5, 6", logits[0], logits[1], logits[2]);
    load_and_run("", text, &part);
    ck_assert_double_gt(part.difference, whole.difference);
    ck_assert_int_eq(part.status, MIEN_OK);
}
END_TEST

START_TEST(pictures_that_cannot_be_had_are_told) {
    static const struct {
        const char *golden, *problem;
        mien_status status;
    } cases[] = {
        {"golden: [{image: none.png, logits: [1, 2, 3]}]\n", "no file \"none.png\" in folder",
         MIEN_NOT_FOUND},
        {"golden: [{image: m.yaml, logits: [1, 2, 3]}]\n", "m.yaml", MIEN_BAD_INPUT},
        {"golden: [{image: picture.png, crop: [10, 10, 11, 6], logits: [1, 2, 3]}]\n", "",
         MIEN_INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mien_golden_result result;
        load_and_run("", cases[i].golden, &result);
        ck_assert(!result.passed);
        ck_assert_msg(result.status == cases[i].status, "%s", result.problem);
        ck_assert_msg(strstr(result.problem, cases[i].problem), "%s", result.problem);
        ck_assert_msg(result.problem[0] != '\0', "no problem told");
    }
}
END_TEST

/// An ensemble of one whose golden sample expects of the classes c and a what `wrong` is added to.
static void check_ensemble(double wrong, mien_golden_result *result) {
    char text[512];
    const double total = exp(logits[0]) + exp(logits[2]), c = exp(logits[2]) / total + wrong;
    const int length = snprintf(text, sizeof text,
                                "schema: 1\nkind: ensemble\nname: e\nmembers: [{model: m}]\n"
                                "classes: [c, a]\n"
                                "golden: [{image: picture.png, probabilities: [%.9f, %.9f]}]\n",
                                c, 1 - c);
    write_file(folder, "e.yaml", text, (size_t)length);
    mien_registry *const registry = make_registry(folder);
    mien_answerer *ensemble = NULL;
    mien_error error = MIEN_ERROR_INIT;
    size_t count = 0;
    ck_assert_msg(mien_answerer_load(registry, "e", NULL, &ensemble, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_ptr_nonnull(mien_answerer_golden(ensemble, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert_msg(mien_golden_run(ensemble, 0, result, &error) == MIEN_OK, "%s", error.message);
    result->image = NULL; // the ensemble's
    mien_answerer_free(ensemble);
    mien_registry_free(registry);
}

START_TEST(an_ensemble_has_golden_samples) {
    mien_golden_result result;
    check_ensemble(0, &result);
    ck_assert(result.passed);
    ck_assert(result.probabilities);
    check_ensemble(0.01, &result);
    ck_assert_int_eq(result.status, MIEN_OK);
    ck_assert(!result.passed);
    ck_assert_double_eq_tol(result.difference, 0.01, 1e-5);
}
END_TEST

static Suite *suite(void) {
    Suite *const golden = suite_create("golden");
    TCase *const judging = tcase_create("judging");
    tcase_add_checked_fixture(judging, set_up, tear_down);
    tcase_add_test(judging, the_right_answer_passes);
    tcase_add_test(judging, probabilities_are_compared_too);
    tcase_add_test(judging, a_wrong_answer_names_the_class);
    tcase_add_test(judging, swapped_colours_are_named);
    tcase_add_test(judging, permuted_labels_are_named);
    tcase_add_test(judging, tolerance_is_the_samples_own);
    tcase_add_test(judging, crops_are_cut_before_the_input_rule);
    tcase_add_test(judging, pictures_that_cannot_be_had_are_told);
    tcase_add_test(judging, an_ensemble_has_golden_samples);
    suite_add_tcase(golden, judging);
    return golden;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
