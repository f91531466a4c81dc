// SPDX-License-Identifier: Apache-2.0
// A teacher's probabilities for every picture: what they are, and that they are kept, found again,
// and made again where what was kept cannot be used.
#include "host/model.h"
#include "support/expectation.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/picture.h"
#include "tools/train/core/distill.h"

#include <check.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLASSES = 3, PICTURES_A_CLASS = 14, PICTURES = CLASSES * PICTURES_A_CLASS };

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static const char *const abc[] = {"a", "b", "c"};
static char *folder;
static mien_registry *registry;
static mien_dataset *dataset;

/// What the watcher was told.
static char complaint[8192];
static size_t complaints, answered;
static bool cancel;

static void on_complaint(void *context, const char *message) {
    (void)context;
    complaints++;
    snprintf(complaint, sizeof complaint, "%s", message);
}

static void on_progress(void *context, size_t done, size_t total) {
    (void)context;
    ck_assert_uint_le(done, total);
    ck_assert_uint_eq(total, PICTURES);
    answered = done;
}

static bool asks_to_cancel(void *context) {
    (void)context;
    return cancel;
}

static const mien_dataset_watcher watcher = {
    .complain = on_complaint, .progress = on_progress, .cancelled = asks_to_cancel};

static void write_pictures(uint32_t changed) {
    char path[4096];
    for (uint32_t i = 0; i < PICTURES; i++) {
        mien_image image = picture_noise(11 + i % 4, 9, 1);
        image.pixels[0] = (uint8_t)(i + changed);
        snprintf(path, sizeof path, "%s/data/%s/%02u.png", folder, abc[i % CLASSES], i);
        mien_error error = MIEN_ERROR_INIT;
        SUCCEEDS(mien_image_write_png(&image, path, &error));
        mien_image_free(&image);
    }
}

static mien_dataset *read_dataset(void) {
    const mien_input_spec input = {
        .size = sizeof input, .height = 8, .width = 8, .channels = 1, .std = {1, 1, 1}};
    const mien_dataset_options options = {.classes = abc, .class_count = CLASSES, .input = &input};
    char path[4096];
    mien_dataset *made = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/data", folder);
    SUCCEEDS(mien_dataset_read(path, &options, NULL, &made, &error));
    ck_assert_uint_eq(mien_dataset_count(made), PICTURES);
    return made;
}

static void set_up(void) {
    folder = make_folder();
    write_model(folder, "m", "sound", "input: {height: 12}\n");
    for (size_t i = 0; i < CLASSES; i++) {
        char name[64];
        snprintf(name, sizeof name, "data/%s/note.txt", abc[i]);
        write_file(folder, name, "", 0);
    }
    write_pictures(0);
    registry = make_registry(folder);
    dataset = read_dataset();
}

static void tear_down(void) {
    mien_dataset_free(dataset);
    mien_registry_free(registry);
    remove_folder(folder);
}

static mien_status try_with(const char *teacher, const char *const *classes, size_t class_count,
                            double temperature, float **probabilities, mien_error *error) {
    char cache[4096];
    snprintf(cache, sizeof cache, "%s/cache", folder);
    complaints = answered = 0;
    mien_teacher *loaded = NULL;
    mien_status status = mien_teacher_load(&(mien_distill_options){.registry = registry,
                                                                   .teacher = teacher,
                                                                   .classes = classes,
                                                                   .class_count = class_count,
                                                                   .temperature = temperature,
                                                                   .threads = 2},
                                           &loaded, error);
    if (status == MIEN_OK) {
        status = mien_distill(loaded, dataset, cache, &watcher, probabilities, error);
    }
    mien_teacher_free(loaded);
    return status;
}

static float *distill_from(const char *teacher, double temperature) {
    float *probabilities = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(try_with(teacher, abc, CLASSES, temperature, &probabilities, &error));
    return probabilities;
}

static float *distill(double temperature) {
    return distill_from("m", temperature);
}

/// The files in the cache; of one, its path too. Free with free_paths().
static char **cached(size_t *count) {
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/cache/*", folder);
    const int status = glob(pattern, 0, NULL, &found);
    *count = status == 0 ? found.gl_pathc : 0;
    char **paths = calloc(*count + 1, sizeof *paths);
    ck_assert_ptr_nonnull(paths);
    for (size_t i = 0; i < *count; i++) {
        paths[i] = strdup(found.gl_pathv[i]);
    }
    globfree(&found);
    return paths;
}

static size_t count_cached(void) {
    size_t count;
    char **paths = cached(&count);
    free_paths(paths, count);
    return count;
}

/// The one file in the cache; free() it.
static char *only_cached(void) {
    size_t count;
    char **paths = cached(&count);
    ck_assert_uint_eq(count, 1);
    char *path = strdup(paths[0]);
    free_paths(paths, count);
    return path;
}

/// What the model says of an example, straight from its file.
static void ask(mien_model *model, const mien_example *example, double temperature,
                double probabilities[CLASSES]) {
    const mien_input_spec *spec = mien_model_input(model);
    float input[12 * 8 * 3], logits[CLASSES];
    double sum = 0;
    mien_image image;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_uint_eq(spec->height * spec->width * spec->channels, sizeof input / sizeof *input);
    SUCCEEDS(mien_image_read(example->path, NULL, &image, &error));
    SUCCEEDS(mien_image_to_input(&image, spec, input, &error));
    SUCCEEDS(mien_model_run(model, input, 1, logits, &error));
    mien_image_free(&image);
    for (size_t c = 0; c < CLASSES; c++) {
        sum += probabilities[c] = exp(logits[c] / temperature);
    }
    for (size_t c = 0; c < CLASSES; c++) {
        probabilities[c] /= sum;
    }
}

static void check_answers(const float *probabilities, double temperature) {
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_model_load(registry, "m", NULL, &model, &error));
    for (size_t i = 0; i < PICTURES; i++) {
        double expected[CLASSES];
        ask(model, mien_dataset_at(dataset, i), temperature, expected);
        for (size_t c = 0; c < CLASSES; c++) {
            ck_assert_double_eq_tol(probabilities[i * CLASSES + c], expected[c], 1e-5);
        }
    }
    mien_model_free(model);
}

START_TEST(test_answers_are_the_models) {
    float *probabilities = distill(1);
    check_answers(probabilities, 1);
    ck_assert_uint_eq(answered, PICTURES);
    ck_assert_uint_eq(complaints, 0);
    free(probabilities);
}
END_TEST

START_TEST(test_answers_are_kept) {
    float *first = distill(1), *second = distill(1);
    ck_assert_uint_eq(answered, 0);
    ck_assert_uint_eq(complaints, 0);
    ck_assert_mem_eq(first, second, PICTURES * CLASSES * sizeof *first);
    ck_assert_uint_eq(count_cached(), 1);
    free(first);
    free(second);
}
END_TEST

START_TEST(test_temperature_needs_no_second_pass) {
    free(distill(1));
    float *soft = distill(2.5);
    ck_assert_uint_eq(answered, 0);
    check_answers(soft, 2.5);
    free(soft);
}
END_TEST

START_TEST(test_fewer_classes_in_another_order) {
    static const char *const ca[] = {"c", "a"};
    float *all = distill(1), *some = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(try_with("m", ca, 2, 1, &some, &error));
    ck_assert_uint_eq(answered, 0);
    for (size_t i = 0; i < PICTURES; i++) {
        const double a = all[i * CLASSES], c = all[i * CLASSES + 2];
        ck_assert_double_eq_tol(some[2 * i], c / (a + c), 1e-6);
        ck_assert_double_eq_tol(some[2 * i + 1], a / (a + c), 1e-6);
    }
    free(all);
    free(some);
}
END_TEST

/// Gives the teacher other weights, and its manifest their digest.
static void change_weights(void) {
    char path[4096], digest[MIEN_SHA256_HEX], more[256];
    mien_weights *weights = NULL;
    mien_named_tensor tensors[8];
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/m.safetensors", folder);
    SUCCEEDS(mien_weights_open(path, NULL, &weights, &error));
    const size_t count = mien_weights_count(weights);
    ck_assert_uint_le(count, sizeof tensors / sizeof *tensors);
    for (size_t i = 0; i < count; i++) {
        tensors[i] = mien_weights_at(weights, i);
        float *numbers = malloc(tensors[i].tensor.bytes);
        ck_assert_ptr_nonnull(numbers);
        tensors[i].tensor.data = memcpy(numbers, tensors[i].tensor.data, tensors[i].tensor.bytes);
        numbers[0] += 1;
    }
    SUCCEEDS(mien_weights_write(path, tensors, count, NULL, &error));
    mien_weights_close(weights);
    for (size_t i = 0; i < count; i++) {
        free((void *)tensors[i].tensor.data);
    }
    SUCCEEDS(mien_sha256_file(path, digest, &error));
    snprintf(more, sizeof more, "input: {height: 12}\nweights: {file: m.safetensors, sha256: %s}\n",
             digest);
    write_manifest(folder, "m", "sound", more);
}

START_TEST(test_other_weights_answer_themselves) {
    free(distill(1));
    change_weights();
    float *probabilities = distill(1);
    ck_assert_uint_eq(answered, PICTURES);
    ck_assert_uint_eq(count_cached(), 2);
    check_answers(probabilities, 1);
    free(probabilities);
}
END_TEST

START_TEST(test_other_pictures_have_their_own) {
    free(distill(1));
    mien_dataset_free(dataset);
    write_pictures(100);
    dataset = read_dataset();
    float *probabilities = distill(1);
    ck_assert_uint_eq(answered, PICTURES);
    ck_assert_uint_eq(count_cached(), 2);
    check_answers(probabilities, 1);
    free(probabilities);
}
END_TEST

/// Rewrites the cached file's tensor and key.
static void forge(const char *path, const char *key, size_t pictures, float first) {
    float logits[PICTURES * CLASSES] = {first};
    const mien_shape shape = {.rank = 2, .dim = {pictures, CLASSES}};
    const mien_named_tensor tensor = {
        "logits", {MIEN_F32, shape, logits, pictures * CLASSES * sizeof *logits}};
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_weights_write(path, &tensor, 1, (const char *const[]){"key", key, NULL}, &error));
}

static void damage(const char *path, int way) {
    char key[128];
    mien_weights *weights = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_weights_open(path, NULL, &weights, &error));
    snprintf(key, sizeof key, "%s", mien_weights_metadata(weights, "key"));
    mien_weights_close(weights);
    switch (way) {
    case 0:
        ck_assert_int_eq(truncate(path, 40), 0);
        break;
    case 1:
        ck_assert_int_eq(truncate(path, 0), 0);
        break;
    case 2:
        forge(path, "0123", PICTURES, 1);
        break;
    case 3:
        forge(path, key, PICTURES - 1, 1);
        break;
    default:
        forge(path, key, PICTURES, NAN);
        break;
    }
}
enum { WAYS = 5 };

START_TEST(test_damaged_answers_are_made_again) {
    float *first = distill(1);
    char *path = only_cached();
    damage(path, _i);
    float *second = distill(1);
    ck_assert_uint_eq(answered, PICTURES);
    ck_assert_uint_eq(complaints, 1);
    ck_assert_msg(strstr(complaint, path) && strstr(complaint, "the teacher answers again"),
                  "complaint: %s", complaint);
    ck_assert_mem_eq(first, second, PICTURES * CLASSES * sizeof *first);
    free(second);
    second = distill(1);
    ck_assert_uint_eq(answered, 0);
    ck_assert_uint_eq(complaints, 0);
    free(first);
    free(second);
    free(path);
}
END_TEST

START_TEST(test_cache_that_cannot_be_written) {
    write_file(folder, "cache", "a file", 6);
    float *probabilities = distill(1);
    check_answers(probabilities, 1);
    ck_assert_uint_ge(complaints, 1);
    ck_assert_msg(strstr(complaint, "will answer again next time"), "complaint: %s", complaint);
    free(probabilities);
}
END_TEST

static void write_ensemble(const char *members) {
    char text[512];
    const int length =
        snprintf(text, sizeof text, "schema: 1\nkind: ensemble\nname: e\nmembers: %s\n", members);
    write_file(folder, "e.yaml", text, (size_t)length);
}

/// A second member, of another size and deviation than m.
static void write_second(const char *deviation) {
    char more[128];
    snprintf(more, sizeof more, "input: {height: 9, width: 10, std: [%s, 0.2, 0.3]}\n", deviation);
    write_model(folder, "p", "sound", more);
}

START_TEST(test_ensemble_teaches) {
    write_second("0.1");
    write_ensemble("[{model: m, weight: 2}, {model: p}]");
    float *together = distill_from("e", 1), *m = distill(1), *p = distill_from("p", 1);
    float apart = 0;
    for (size_t i = 0; i < PICTURES * CLASSES; i++) {
        ck_assert_double_eq_tol(together[i], (2 * (double)m[i] + (double)p[i]) / 3, 1e-6);
        apart = fmaxf(apart, fabsf(m[i] - p[i]));
    }
    ck_assert_float_gt(apart, 1e-3F); // else their mean would tell nothing
    free(distill_from("e", 1));
    ck_assert_uint_eq(answered, 0);
    ck_assert_uint_eq(complaints, 0);
    free(together);
    free(m);
    free(p);
}
END_TEST

/// One in a folder of its own, with a member below it, is a teacher by its path.
START_TEST(test_ensemble_of_files_teaches) {
    static const char text[] = "schema: 1\nkind: ensemble\nname: apart\nmembers: [{model: "
                               "nets/q.yaml}]\n";
    char nets[4096], path[4096];
    snprintf(nets, sizeof nets, "%s/apart/nets", folder);
    snprintf(path, sizeof path, "%s/apart/apart.yaml", folder);
    write_file(folder, "apart/apart.yaml", text, sizeof text - 1);
    write_file(folder, "apart/nets/note", "x", 1); // makes the folder
    write_model(nets, "q", "sound", "input: {height: 12, width: 8}\n");
    float *ensemble = distill_from(path, 1);
    snprintf(path, sizeof path, "%s/q.yaml", nets);
    float *q = distill_from(path, 1);
    for (size_t i = 0; i < PICTURES * CLASSES; i++) {
        ck_assert_double_eq_tol((double)ensemble[i], (double)q[i], 1e-6);
    }
    free(ensemble);
    free(q);
}
END_TEST

/// Changes each thing that an ensemble's answer depends on: another file every time.
START_TEST(test_changed_ensemble_answers_itself) {
    static const char *const members[] = {
        "[{model: m}, {model: p}]",
        "[{model: m, weight: 2}, {model: p}]",
        "[{model: m, weight: 2.0000000001}, {model: p}]",
        "[{model: m, temperature: 2}, {model: p}]",
        "[{model: m}, {model: p}]\nrule: hard",
        "[{model: p}]",
        "[{model: m, coefficients: [1, 0, 0, 0, 1, 0, 0, 0, 1]}]\nrule: stack\nintercept: [0, 0, "
        "0]",
        "[{model: m, coefficients: [1, 0, 0, 0, 1, 0, 0, 0, 2]}]\nrule: stack\nintercept: [0, 0, "
        "0]",
        "[{model: m, coefficients: [1, 0, 0, 0, 1, 0, 0, 0, 2]}]\nrule: stack\nintercept: [0, 1, "
        "0]",
    };
    enum { WRITTEN = sizeof members / sizeof *members };
    write_second("0.1");
    for (size_t i = 0; i < WRITTEN; i++) {
        write_ensemble(members[i]);
        free(distill_from("e", 1));
        ck_assert_uint_eq(answered, PICTURES);
        ck_assert_uint_eq(count_cached(), i + 1);
    }
    write_ensemble(members[0]);
    free(distill_from("e", 1));
    ck_assert_uint_eq(answered, 0);
    change_weights(); // of m
    free(distill_from("e", 1));
    ck_assert_uint_eq(answered, PICTURES);
    write_second("0.4"); // another input rule
    free(distill_from("e", 1));
    ck_assert_uint_eq(answered, PICTURES);
    ck_assert_uint_eq(count_cached(), WRITTEN + 2);
}
END_TEST

/// Answers that a run has kept stay valid: the key of this teacher and these pictures is as it was
/// before ensembles could teach.
START_TEST(test_key_of_a_model_stays) {
    free(distill(1));
    char *path = only_cached();
    ck_assert_str_eq(strrchr(path, '/') + 1, "teacher-d37e7ed2d7c1b406.safetensors");
    free(path);
}
END_TEST

/// The failure leaves nothing behind, and says why.
static void check_refusal(mien_status expected, const char *part, mien_status status,
                          const float *probabilities, const mien_error *error) {
    ck_assert_int_eq(status, expected);
    ck_assert_ptr_null(probabilities);
    ck_assert_msg(strstr(error->message, part), "message: %s", error->message);
    ck_assert_uint_eq(count_cached(), 0);
}

START_TEST(test_refusals) {
    static const char *const unknown[] = {"a", "joy"};
    float *none = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = try_with("m", unknown, 2, 1, &none, &error);
    check_refusal(MIEN_BAD_INPUT, "does not know the class 'joy'", status, none, &error);
    status = try_with("m", abc, CLASSES, 0, &none, &error);
    check_refusal(MIEN_INVALID_ARGUMENT, "temperature 0", status, none, &error);
    status = try_with("m", abc, CLASSES, NAN, &none, &error);
    check_refusal(MIEN_INVALID_ARGUMENT, "temperature", status, none, &error);
    status = try_with("nobody", abc, CLASSES, 1, &none, &error);
    check_refusal(MIEN_NOT_FOUND, "nobody", status, none, &error);
    cancel = true;
    status = try_with("m", abc, CLASSES, 1, &none, &error);
    cancel = false;
    check_refusal(MIEN_CANCELLED, "interrupted", status, none, &error);
}
END_TEST

START_TEST(test_picture_gone_meanwhile) {
    const char *path = mien_dataset_at(dataset, 5)->path;
    float *none = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(remove(path), 0);
    mien_status status = try_with("m", abc, CLASSES, 1, &none, &error);
    check_refusal(MIEN_NOT_FOUND, path, status, none, &error);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("distillation");
    TCase *tests = tcase_create("cases");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_answers_are_the_models);
    tcase_add_test(tests, test_answers_are_kept);
    tcase_add_test(tests, test_temperature_needs_no_second_pass);
    tcase_add_test(tests, test_fewer_classes_in_another_order);
    tcase_add_test(tests, test_other_weights_answer_themselves);
    tcase_add_test(tests, test_other_pictures_have_their_own);
    tcase_add_loop_test(tests, test_damaged_answers_are_made_again, 0, WAYS);
    tcase_add_test(tests, test_cache_that_cannot_be_written);
    tcase_add_test(tests, test_ensemble_teaches);
    tcase_add_test(tests, test_ensemble_of_files_teaches);
    tcase_add_test(tests, test_changed_ensemble_answers_itself);
    tcase_add_test(tests, test_key_of_a_model_stays);
    tcase_add_test(tests, test_refusals);
    tcase_add_test(tests, test_picture_gone_meanwhile);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
