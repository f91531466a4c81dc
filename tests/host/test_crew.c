// SPDX-License-Identifier: Apache-2.0
// Threads that share out the pictures of a batch give the answers of one thread.
#include "host/model.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 24, CLASSES = 3, MOST_PICTURES = 11 };

static char *folder;
static mien_registry *registry;

static void set_up(void) {
    folder = make_folder();
    write_model(folder, "m", "cnn-baseline",
                "input: {height: 24, width: 24}\nconfig: {filters: [4, 8], dense: [8]}\n");
    registry = make_registry(folder);
}

static void tear_down(void) {
    mien_registry_free(registry);
    remove_folder(folder);
}

static mien_model *load(const char *name, uint32_t threads, bool by_picture) {
    const mien_model_options how = {.threads = threads, .by_picture = by_picture};
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_model_load(registry, name, &how, &model, &error) == MIEN_OK, "%s",
                  error.message);
    return model;
}

static void run(mien_model *model, const float *input, size_t pictures, float *logits) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_model_run(model, input, pictures, logits, &error) == MIEN_OK, "%s",
                  error.message);
}

START_TEST(answers_are_those_of_one_thread) {
    mien_model *const alone = load("m", 1, false), *const crew = load("m", 4, true);
    const size_t channels = mien_model_input(alone)->channels;
    float *const input = seeded_pictures(MOST_PICTURES, SIDE, SIDE, channels);
    // More pictures than threads, as many, fewer, and back to many.
    static const size_t batches[] = {MOST_PICTURES, 4, 3, 1, 8, MOST_PICTURES};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        float expected[MOST_PICTURES * CLASSES], got[MOST_PICTURES * CLASSES + 1];
        memset(got, 0x5A, sizeof got);
        const float beyond = got[batches[i] * CLASSES];
        for (size_t j = 0; j < batches[i]; j++) {
            run(alone, input + j * SIDE * SIDE * channels, 1, expected + j * CLASSES);
        }
        run(crew, input, batches[i], got);
        ck_assert_mem_eq(&got[batches[i] * CLASSES], &beyond, sizeof beyond);
        for (size_t j = 0; j < batches[i] * CLASSES; j++) {
            ck_assert_double_eq_tol(got[j], expected[j], 1e-5);
        }
        float again[MOST_PICTURES * CLASSES];
        run(crew, input, batches[i], again);
        ck_assert_mem_eq(got, again, batches[i] * CLASSES * sizeof *got);
    }
    free(input);
    mien_model_free(alone);
    mien_model_free(crew);
}
END_TEST

START_TEST(packed_weights_are_shared) {
    mien_model *const alone = load("m", 1, false), *const crew = load("m", 4, true);
    ck_assert_uint_eq(mien_session_packed_bytes(mien_model_session(crew)),
                      mien_session_packed_bytes(mien_model_session(alone)));
    mien_model_free(alone);
    mien_model_free(crew);
}
END_TEST

START_TEST(what_a_helper_computes_is_checked) {
    write_model(folder, "linear", "sound", ""); // no ReLU, which would swallow what is no number
    mien_model *const crew = load("linear", 2, true);
    const mien_input_spec *const spec = mien_model_input(crew);
    const size_t numbers = (size_t)spec->height * spec->width * spec->channels;
    float *const input = seeded_pictures(4, spec->height, spec->width, spec->channels);
    float logits[4 * CLASSES];
    const float sound = input[3 * numbers];
    input[3 * numbers] = (float)NAN; // the last picture is a helper's
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_model_run(crew, input, 4, logits, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "model linear: the logit of class a is"));
    input[3 * numbers] = sound;
    run(crew, input, 4, logits);
    free(input);
    mien_model_free(crew);
}
END_TEST

START_TEST(not_with_an_extra_output) {
    const mien_model_options how = {.threads = 2, .by_picture = true, .extra_output = "conv1"};
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_model_load(registry, "m", &how, &model, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "extra output"));
}
END_TEST

static Suite *suite(void) {
    Suite *const crews = suite_create("crew");
    TCase *const pictures = tcase_create("pictures");
    tcase_add_checked_fixture(pictures, set_up, tear_down);
    tcase_set_timeout(pictures, 120);
    tcase_add_test(pictures, answers_are_those_of_one_thread);
    tcase_add_test(pictures, packed_weights_are_shared);
    tcase_add_test(pictures, what_a_helper_computes_is_checked);
    tcase_add_test(pictures, not_with_an_extra_output);
    suite_add_tcase(crews, pictures);
    return crews;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
