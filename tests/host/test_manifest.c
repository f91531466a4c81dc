// SPDX-License-Identifier: Apache-2.0
// Manifests: what they say, defaults, positions, and every way to be wrong.
#include "host/manifest.h"
#include "support/expectation.h"
#include "support/folder.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char full[] =
    "schema: 1\n"
    "kind: model\n"
    "name: sample-2\n"
    "summary: A \"sample\", for tests\n"
    "license: MIT\n"
    "tags: [small, grey]\n"
    "plugin: vit\n"
    "classes: [angry, 'no', \"glücklich\"]\n"
    "weights:\n"
    "  file: sub/a.safetensors\n"
    "  sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
    "  source: a test\n"
    "input: {height: 40, channels: 3, color: bgr, resize: letterbox, mean: [0.5], std: [1, 2, 4]}\n"
    "config:\n"
    "  depth: 18\n"
    "  widths: [32, 64]\n"
    "  pool: mean\n"
    "explain: {layer: layer4.1}\n"
    "golden:\n"
    "  - image: a.png\n"
    "    logits: [1, -2.5e-3, 3]\n"
    "  - {image: b.png, crop: [1, 2, 30, 40], probabilities: [0, 0, 1], tolerance: 0.01}\n"
    "card: CARD.md\n";

static mien_manifest *parse(const char *text) {
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status =
        mien_manifest_parse(text, strlen(text), "folder/x.yaml", NULL, &manifest, &error);
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    return manifest;
}

START_TEST(a_model_says_all_it_says) {
    mien_manifest *const manifest = parse(full);
    const mien_model_manifest *const model = &manifest->model;
    ck_assert_int_eq(manifest->kind, MIEN_KIND_MODEL);
    ck_assert_str_eq(manifest->name.text, "sample-2");
    ck_assert_str_eq(manifest->summary.text, "A \"sample\", for tests");
    ck_assert_str_eq(manifest->license.text, "MIT");
    ck_assert_uint_eq(manifest->tags.count, 2);
    ck_assert_str_eq(manifest->folder, "folder");
    ck_assert_str_eq(model->plugin.text, "vit");
    ck_assert_uint_eq(model->plugin.at.line, 7);
    ck_assert_uint_eq(model->plugin.at.column, 9);
    ck_assert_uint_eq(model->classes.count, 3);
    ck_assert_str_eq(model->classes.items[1].text, "no");
    ck_assert_str_eq(model->classes.items[2].text, "glücklich");
    ck_assert_str_eq(model->weights.file.text, "sub/a.safetensors");
    ck_assert_uint_eq(strlen(model->weights.sha256.text), 64);
    ck_assert_ptr_null(model->weights.license.text);
    ck_assert_uint_eq(model->input.height, 40);
    ck_assert_uint_eq(model->input.width, 0);
    ck_assert_int_eq(model->input.color, MIEN_BGR);
    ck_assert_int_eq(model->input.resize, MIEN_RESIZE_LETTERBOX);
    ck_assert_uint_eq(model->config.count, 3);
    ck_assert_str_eq(model->config.items[0].value.text, "18");
    ck_assert_str_eq(model->config.items[1].value.text, "[32, 64]");
    ck_assert_str_eq(model->explain_layer.text, "layer4.1");
    ck_assert_str_eq(model->card.text, "CARD.md");
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(golden_samples_have_values_and_defaults) {
    mien_manifest *const manifest = parse(full);
    const mien_manifest_golden *const golden = manifest->model.golden;
    ck_assert_uint_eq(manifest->model.golden_count, 2);
    ck_assert_uint_eq(golden[0].logits.count, 3);
    ck_assert_double_eq(golden[0].logits.items[1], -2.5e-3);
    ck_assert_double_eq(golden[0].tolerance, 0.001);
    ck_assert_uint_eq(golden[0].crop.count, 0);
    ck_assert_double_eq(golden[1].crop.items[3], 40);
    ck_assert_double_eq(golden[1].probabilities.items[2], 1);
    ck_assert_double_eq(golden[1].tolerance, 0.01);
    ck_assert_uint_eq(golden[1].at.line, 22);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(a_short_model_has_defaults) {
    mien_manifest *const manifest =
        parse("{schema: 1, kind: model, name: a, plugin: b, classes: [c]}");
    ck_assert_ptr_null(manifest->summary.text);
    ck_assert_ptr_null(manifest->model.weights.file.text);
    ck_assert_int_eq(manifest->model.input.color, -1);
    ck_assert_int_eq(manifest->model.input.resize, -1);
    ck_assert_uint_eq(manifest->model.input.mean.count, 0);
    ck_assert_uint_eq(manifest->model.golden_count, 0);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(an_ensemble_has_members_and_a_rule) {
    mien_manifest *const manifest = parse(
        "schema: 1\nkind: ensemble\nname: e\nmembers:\n- model: a\n- {model: b, weight: 2.5}\n");
    ck_assert_int_eq(manifest->kind, MIEN_KIND_ENSEMBLE);
    ck_assert_uint_eq(manifest->ensemble.member_count, 2);
    ck_assert_int_eq(manifest->ensemble.rule, MIEN_ENSEMBLE_SOFT);
    ck_assert_str_eq(manifest->ensemble.members[1].model.text, "b");
    ck_assert_double_eq(manifest->ensemble.members[0].weight, 1);
    ck_assert_double_eq(manifest->ensemble.members[1].weight, 2.5);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(an_ensemble_has_golden_samples_of_its_classes) {
    mien_manifest *const manifest =
        parse("schema: 1\nkind: ensemble\nname: e\nmembers: [{model: a}]\nclasses: [fear, joy]\n"
              "golden: [{image: p.png, probabilities: [0.25, 0.75], top: joy}]\n");
    ck_assert_uint_eq(manifest->ensemble.golden_count, 1);
    ck_assert_str_eq(manifest->ensemble.golden[0].image.text, "p.png");
    ck_assert_double_eq(manifest->ensemble.golden[0].probabilities.items[1], 0.75);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(a_dataset_has_folders_and_classes) {
    mien_manifest *const manifest =
        parse("schema: 1\nkind: dataset\nname: d\nroot: data\nclasses: [angry, happy]\n"
              "splits: {train: training, test: held/out}\nrename: {Anger: angry}\n");
    const mien_dataset_manifest *const dataset = &manifest->dataset;
    ck_assert_str_eq(dataset->root.text, "data");
    ck_assert_int_eq(dataset->format, MIEN_DATASET_FOLDERS);
    ck_assert_uint_eq(dataset->splits.count, 2);
    ck_assert_str_eq(dataset->splits.items[1].key.text, "test");
    ck_assert_str_eq(dataset->splits.items[1].value.text, "held/out");
    ck_assert_str_eq(dataset->rename.items[0].key.text, "Anger");
    ck_assert_str_eq(dataset->rename.items[0].value.text, "angry");
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(every_broken_manifest_has_its_message) {
    size_t count;
    char **const paths = match_paths("tests/broken/manifests/*.yaml", &count);
    for (size_t i = 0; i < count; i++) {
        char *const expected = read_expectation(paths[i], "\n");
        mien_manifest *manifest = NULL;
        mien_error error = MIEN_ERROR_INIT;
        mien_status status = mien_manifest_read(paths[i], NULL, &manifest, &error);
        ck_assert_msg(status == MIEN_BAD_INPUT, "%s: status %d", paths[i], status);
        ck_assert_ptr_null(manifest);
        const size_t length = strlen(paths[i]);
        ck_assert_msg(strncmp(error.message, paths[i], length) == 0, "%s", error.message);
        ck_assert_str_eq(error.message + length + 1, expected);
        free(expected);
    }
    free_paths(paths, count);
}
END_TEST

/// Cut anywhere, a manifest is an error or, where what is left is whole, a manifest.
START_TEST(every_truncation_is_survived) {
    for (size_t size = 0; size < sizeof full - 1; size++) {
        char *const bytes = malloc(size + 1); // an end of its own, so that ASan sees overreading
        memcpy(bytes, full, size);
        char *const exact = realloc(bytes, size ? size : 1);
        mien_manifest *manifest = NULL;
        mien_error error = MIEN_ERROR_INIT;
        mien_status status = mien_manifest_parse(exact, size, "x.yaml", NULL, &manifest, &error);
        ck_assert(status == MIEN_OK || status == MIEN_BAD_INPUT);
        ck_assert((status == MIEN_OK) == (manifest != NULL));
        mien_manifest_free(manifest);
        free(exact);
    }
}
END_TEST

START_TEST(files_that_are_no_manifest) {
    char *const folder = make_folder();
    char path[4096];
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/none.yaml", folder);
    ck_assert_int_eq(mien_manifest_read(path, NULL, &manifest, &error), MIEN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "no such file"));
    ck_assert_int_eq(mien_manifest_read(folder, NULL, &manifest, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "not a regular file"));
    const size_t size = MIEN_MANIFEST_MAX_BYTES + 1;
    char *const large = malloc(size);
    memset(large, '#', size);
    write_file(folder, "large.yaml", large, size);
    free(large);
    snprintf(path, sizeof path, "%s/large.yaml", folder);
    ck_assert_int_eq(mien_manifest_read(path, NULL, &manifest, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, ":1:1: larger than 1048576 bytes"));
    ck_assert_ptr_null(manifest);
    remove_folder(folder);
}
END_TEST

/// A byte-order mark and Windows' line ends are text editors' doing.
START_TEST(marks_and_line_ends_are_taken) {
    mien_manifest *const manifest = parse("\xef\xbb\xbfschema: 1\r\nkind: model\r\nname: a\r\n"
                                          "plugin: b\r\nclasses: [c, d]\r\n");
    ck_assert_str_eq(manifest->model.classes.items[1].text, "d");
    mien_manifest_free(manifest);
}
END_TEST

static mien_status resolve(const char *folder, const char *file, bool allow, mien_error *error) {
    char text[1024], path[4096];
    char *resolved = NULL;
    mien_manifest *manifest = NULL;
    const mien_manifest_options options = {.allow_outside = allow};
    snprintf(path, sizeof path, "%s/m.yaml", folder);
    snprintf(text, sizeof text,
             "{schema: 1, kind: model, name: a, plugin: b, classes: [c], "
             "card: %s}",
             file);
    ck_assert_int_eq(mien_manifest_parse(text, strlen(text), path, &options, &manifest, error),
                     MIEN_OK);
    mien_status status = mien_manifest_resolve(manifest, manifest->model.card, &resolved, error);
    ck_assert(status == MIEN_OK ? resolved != NULL && access(resolved, R_OK) == 0
                                : resolved == NULL);
    free(resolved);
    mien_manifest_free(manifest);
    return status;
}

START_TEST(paths_stay_in_the_folder) {
    char *const folder = make_folder();
    char inner[4096], link[5000], secret[5000];
    mien_error error = MIEN_ERROR_INIT;
    write_file(folder, "secret", "s", 1);
    write_file(folder, "inner/sub/file", "f", 1);
    snprintf(inner, sizeof inner, "%s/inner", folder);
    snprintf(secret, sizeof secret, "%s/secret", folder);
    snprintf(link, sizeof link, "%s/escape", inner);
    ck_assert_int_eq(symlink("../secret", link), 0);
    snprintf(link, sizeof link, "%s/within", inner);
    ck_assert_int_eq(symlink("sub/file", link), 0);
    ck_assert_int_eq(resolve(inner, "sub/file", false, &error), MIEN_OK);
    ck_assert_int_eq(resolve(inner, "within", false, &error), MIEN_OK);
    ck_assert_int_eq(resolve(inner, "escape", false, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(
        strstr(error.message, "m.yaml:1:66: \"escape\" is a link that leads out"));
    ck_assert_int_eq(resolve(inner, "missing", false, &error), MIEN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "m.yaml:1:66: no file \"missing\" in folder"));
    ck_assert_int_eq(resolve(inner, "escape", true, &error), MIEN_OK);
    ck_assert_int_eq(resolve(inner, "../secret", true, &error), MIEN_OK);
    ck_assert_int_eq(resolve(inner, secret, true, &error), MIEN_OK);
    remove_folder(folder);
}
END_TEST

static const mien_input_spec gray = {.size = sizeof gray,
                                     .height = 48,
                                     .width = 48,
                                     .channels = 1,
                                     .color = MIEN_GRAY,
                                     .mean = {0.1f},
                                     .std = {2}};

static mien_status input_of(const char *input, mien_input_spec *spec, mien_error *error) {
    char text[512];
    snprintf(text, sizeof text,
             "{schema: 1, kind: model, name: a, plugin: b, classes: [c], input: {%s}}", input);
    mien_manifest *const manifest = parse(text);
    mien_status status = mien_manifest_input_spec(manifest, &gray, spec, error);
    mien_manifest_free(manifest);
    return status;
}

START_TEST(input_goes_over_the_default_member_by_member) {
    mien_input_spec spec;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(input_of("", &spec, &error), MIEN_OK);
    ck_assert_uint_eq(spec.height, 48);
    ck_assert_float_eq(spec.mean[0], 0.1f);
    ck_assert_int_eq(input_of("height: 7, resize: crop, crop_fraction: 0.875", &spec, &error),
                     MIEN_OK);
    ck_assert_uint_eq(spec.height, 7);
    ck_assert_uint_eq(spec.width, 48);
    ck_assert_int_eq(spec.resize, MIEN_RESIZE_CROP);
    ck_assert_float_eq(spec.crop_fraction, 0.875f);
    ck_assert_int_eq(
        input_of("channels: 3, color: bgr, mean: [0.5], std: [1, 2, 4]", &spec, &error), MIEN_OK);
    ck_assert_float_eq(spec.mean[2], 0.5f);
    ck_assert_float_eq(spec.std[2], 4);
}
END_TEST

START_TEST(inputs_that_do_not_fit_together) {
    static const struct {
        const char *input, *message;
    } cases[] = {
        {"channels: 2", "the input has 2 channels; it must have 1 or 3"},
        {"color: rgb", "the input has one channel and is not gray"},
        {"channels: 3", "std of channel 2 is 0"},
        {"mean: [1, 2, 3]", "mean has 3 numbers for 1 channel; give one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mien_input_spec spec;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(input_of(cases[i].input, &spec, &error), MIEN_BAD_INPUT);
        ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
    }
}
END_TEST

/// What is printed is read again as the same manifest.
START_TEST(a_description_is_a_manifest_again) {
    char *first = NULL, *second = NULL;
    size_t size;
    mien_error error = MIEN_ERROR_INIT;
    const char *text = full;
    for (char **description = &first; description;
         description = description == &first ? &second : NULL) {
        mien_manifest *const manifest = parse(text);
        FILE *const file = open_memstream(description, &size);
        ck_assert_int_eq(mien_manifest_describe(manifest, file, &error), MIEN_OK);
        fclose(file);
        mien_manifest_free(manifest);
        text = first;
    }
    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(first, "tolerance: 0.001"));
    free(first);
    free(second);
}
END_TEST

static Suite *suite(void) {
    Suite *const manifest = suite_create("manifest");
    TCase *const reading = tcase_create("reading");
    tcase_add_test(reading, a_model_says_all_it_says);
    tcase_add_test(reading, golden_samples_have_values_and_defaults);
    tcase_add_test(reading, a_short_model_has_defaults);
    tcase_add_test(reading, an_ensemble_has_members_and_a_rule);
    tcase_add_test(reading, an_ensemble_has_golden_samples_of_its_classes);
    tcase_add_test(reading, a_dataset_has_folders_and_classes);
    tcase_add_test(reading, marks_and_line_ends_are_taken);
    tcase_add_test(reading, a_description_is_a_manifest_again);
    suite_add_tcase(manifest, reading);
    TCase *const refusing = tcase_create("refusing");
    tcase_set_timeout(refusing, 60);
    tcase_add_test(refusing, every_broken_manifest_has_its_message);
    tcase_add_test(refusing, every_truncation_is_survived);
    tcase_add_test(refusing, files_that_are_no_manifest);
    suite_add_tcase(manifest, refusing);
    TCase *const using = tcase_create("using");
    tcase_add_test(using, paths_stay_in_the_folder);
    tcase_add_test(using, input_goes_over_the_default_member_by_member);
    tcase_add_test(using, inputs_that_do_not_fit_together);
    suite_add_tcase(manifest, using);
    return manifest;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
