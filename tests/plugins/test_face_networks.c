// SPDX-License-Identifier: Apache-2.0
// The two networks that others trained, against themselves: the same weights run by their own
// packages in Node (tests/reference/node/reference.mjs), and faces with known labels.
#include "host/golden.h"
#include "host/model.h"
#include "mien/image.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yyjson.h>

enum { CLASSES = 7 };

static const char *const model_names[] = {"face-expression", "mini-xception"};
enum { MODELS = sizeof model_names / sizeof *model_names };

static mien_registry *registry;
static mien_model *model;
static float *input;

static void open_model(const char *name) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_create(NULL, &registry, &error) == MIEN_OK, "%s", error.message);
    ck_assert_msg(mien_model_load(registry, name, NULL, &model, &error) == MIEN_OK, "%s",
                  error.message);
    const mien_input_spec *spec = mien_model_input(model);
    input = calloc((size_t)spec->height * spec->width * spec->channels, sizeof *input);
    ck_assert_ptr_nonnull(input);
    ck_assert_uint_eq(mien_model_classes(model), CLASSES);
}

static void close_model(void) {
    free(input);
    mien_model_free(model);
    mien_registry_free(registry);
}

static void in_source(char path[512], const char *name) {
    const char *source = getenv("MIEN_SOURCE");
    snprintf(path, 512, "%s/%s", source ? source : ".", name);
}

static void softmax(float values[CLASSES]) {
    float largest = values[0], sum = 0;
    for (int i = 1; i < CLASSES; i++) {
        largest = fmaxf(largest, values[i]);
    }
    for (int i = 0; i < CLASSES; i++) {
        sum += values[i] = expf(values[i] - largest);
    }
    for (int i = 0; i < CLASSES; i++) {
        values[i] /= sum;
    }
}

static void run_picture(const char *path, float logits[CLASSES]) {
    mien_error error = MIEN_ERROR_INIT;
    mien_image image;
    ck_assert_msg(mien_image_read(path, NULL, &image, &error) == MIEN_OK, "%s", error.message);
    ck_assert_msg(mien_image_to_input(&image, mien_model_input(model), input, &error) == MIEN_OK,
                  "%s", error.message);
    ck_assert_msg(mien_model_run(model, input, 1, logits, &error) == MIEN_OK, "%s", error.message);
    mien_image_free(&image);
}

static void expected_numbers(yyjson_val *sample, const char *name, const char *variant,
                             float numbers[CLASSES]) {
    yyjson_val *list = yyjson_obj_get(yyjson_obj_get(sample, name), variant);
    ck_assert_uint_eq(yyjson_arr_size(list), CLASSES);
    for (size_t i = 0; i < CLASSES; i++) {
        numbers[i] = (float)yyjson_get_num(yyjson_arr_get(list, i));
    }
}

static int top(const float values[CLASSES]) {
    int best = 0;
    for (int i = 1; i < CLASSES; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

static float largest_difference(const float a[CLASSES], const float b[CLASSES]) {
    float largest = 0;
    for (int i = 0; i < CLASSES; i++) {
        largest = fmaxf(largest, fabsf(a[i] - b[i]));
    }
    return largest;
}

static yyjson_doc *read_fixture(const char *name) {
    char path[512];
    in_source(path, name);
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, NULL);
    ck_assert_msg(doc, "%s cannot be read", path);
    return doc;
}

static void check_class_order(yyjson_doc *doc, const char *name) {
    yyjson_val *classes = yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "classes"), name);
    for (size_t i = 0; i < CLASSES; i++) {
        ck_assert_str_eq(mien_model_class(model, i), yyjson_get_str(yyjson_arr_get(classes, i)));
    }
}

START_TEST(portrait_has_the_same_top_class) {
    open_model(model_names[_i]);
    yyjson_doc *doc = read_fixture("tests/fixtures/reference/portrait.json");
    check_class_order(doc, model_names[_i]);
    yyjson_val *sample = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(doc), "samples"));
    char path[512];
    in_source(path, "manifests/golden/collins.png");
    float logits[CLASSES], package[CLASSES], centred[CLASSES];
    run_picture(path, logits);
    expected_numbers(sample, model_names[_i], "package", package);
    expected_numbers(sample, model_names[_i], "centred", centred);
    ck_assert_int_eq(top(logits), top(package));
    ck_assert_str_eq(mien_model_class(model, (size_t)top(logits)), "happy");
    softmax(logits);
    softmax(package);
    softmax(centred);
    ck_assert_float_le(largest_difference(logits, package), 0.02f);
    ck_assert_float_le(largest_difference(logits, centred), 0.001f);
    yyjson_doc_free(doc);
    close_model();
}
END_TEST

START_TEST(golden_samples_pass) {
    open_model(model_names[_i]);
    size_t count = mien_model_manifest_of(model)->model.golden_count;
    ck_assert_uint_eq(count, 2);
    for (size_t i = 0; i < count; i++) {
        mien_golden_result result;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_msg(mien_golden_run(model, i, &result, &error) == MIEN_OK, "%s", error.message);
        ck_assert_msg(result.passed, "sample %zu is off by %g; %s%s", i, result.difference,
                      result.hint, result.problem);
    }
    close_model();
}
END_TEST

// Says so and returns false where the data are not there.
static bool have_data(char folder[512]) {
    in_source(folder, "../shared/data");
    if (access(folder, R_OK) == 0) {
        return true;
    }
    printf("NOT COMPARED: the faces of %s are not there\n", folder);
    return false;
}

START_TEST(faces_match_the_original) {
    char folder[512], path[1024];
    if (!have_data(folder)) {
        return;
    }
    open_model(model_names[_i]);
    yyjson_doc *doc = read_fixture("tests/fixtures/reference/faces.json");
    yyjson_val *samples = yyjson_obj_get(yyjson_doc_get_root(doc), "samples"), *sample;
    ck_assert_uint_ge(yyjson_arr_size(samples), 20);
    size_t index, count;
    yyjson_arr_foreach(samples, index, count, sample) {
        const char *file = yyjson_get_str(yyjson_obj_get(sample, "file"));
        snprintf(path, sizeof path, "%s/%s", folder, file);
        float got[CLASSES], expected[CLASSES];
        run_picture(path, got);
        expected_numbers(sample, model_names[_i], "centred", expected);
        softmax(got);
        softmax(expected);
        float difference = largest_difference(got, expected);
        ck_assert_msg(difference <= 0.02f, "%s: probabilities are off by %g", file,
                      (double)difference);
    }
    yyjson_doc_free(doc);
    close_model();
}
END_TEST

static int is_png(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".png") == 0;
}

static const char *const three[] = {"angry", "happy", "sad"};

// How many pictures of the folder of class `label` have it as the likeliest of the three.
static int count_right(const char *folder, int label, const int columns[3], int *pictures) {
    char path[1024];
    snprintf(path, sizeof path, "%s/fer2013/test/%s", folder, three[label]);
    struct dirent **entries;
    int right = 0, count = scandir(path, &entries, is_png, alphasort);
    ck_assert_msg(count > 0, "%s holds no pictures", path);
    for (int i = 0; i < count; i++) {
        float logits[CLASSES];
        snprintf(path, sizeof path, "%s/fer2013/test/%s/%s", folder, three[label],
                 entries[i]->d_name);
        run_picture(path, logits);
        int best = 0;
        for (int c = 1; c < 3; c++) {
            best = logits[columns[c]] > logits[columns[best]] ? c : best;
        }
        right += best == label;
        free(entries[i]);
    }
    free(entries);
    *pictures += count;
    return right;
}

START_TEST(accuracy_is_the_published_one) {
    // Of an independent run of the same weights.
    static const double expected[MODELS] = {0.764, 0.815};
    char folder[512];
    if (!have_data(folder)) {
        return;
    }
    open_model(model_names[_i]);
    int columns[3] = {-1, -1, -1}, right = 0, pictures = 0;
    for (int i = 0; i < 3 * CLASSES; i++) {
        if (strcmp(mien_model_class(model, (size_t)(i % CLASSES)), three[i / CLASSES]) == 0) {
            columns[i / CLASSES] = i % CLASSES;
        }
    }
    for (int label = 0; label < 3; label++) {
        ck_assert_int_ge(columns[label], 0);
        right += count_right(folder, label, columns, &pictures);
    }
    double accuracy = (double)right / pictures;
    printf("%s: %.2f %% of %d faces, angry, happy or sad\n", model_names[_i], 100 * accuracy,
           pictures);
    ck_assert_int_eq(pictures, 1981);
    ck_assert_double_le(fabs(accuracy - expected[_i]), 0.005);
    close_model();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("face networks");
    TCase *networks = tcase_create("networks");
    tcase_set_timeout(networks, 300);
    tcase_add_loop_test(networks, portrait_has_the_same_top_class, 0, MODELS);
    tcase_add_loop_test(networks, golden_samples_pass, 0, MODELS);
    tcase_add_loop_test(networks, faces_match_the_original, 0, MODELS);
    tcase_add_loop_test(networks, accuracy_is_the_published_one, 0, MODELS);
    suite_add_tcase(suite, networks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
