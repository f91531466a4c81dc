// SPDX-License-Identifier: Apache-2.0
// Reading foreign weights: every format against what numpy makes of the same numbers
// (tests/reference/make_import.py), and whatever can be wrong with a file.
#include "support/expectation.h"
#include "support/folder.h"
#include "support/torture.h"
#include "tools/import/core/apply.h"
#include "tools/import/core/source.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mien_source source;
static char *folder;

static void set_up(void) {
    source = (mien_source){0};
    folder = make_folder();
}

static void tear_down(void) {
    mien_source_close(&source);
    remove_folder(folder);
}

static const struct format_case {
    const char *file, *expected;
    mien_source_format format;
} format_cases[] = {
    {"layers-weights_manifest.json", "layers.safetensors", MIEN_SOURCE_AUTO},
    {"layers-weights_manifest.json", "layers.safetensors", MIEN_SOURCE_TFJS_LAYERS},
    {"graph.json", "graph.safetensors", MIEN_SOURCE_AUTO},
    {"graph.json", "graph.safetensors", MIEN_SOURCE_TFJS_GRAPH},
    {"layers.safetensors", "layers.safetensors", MIEN_SOURCE_AUTO},
    {"graph.safetensors", "graph.safetensors", MIEN_SOURCE_SAFETENSORS},
};

static char *fixture(const char *name) {
    char relative[128];
    snprintf(relative, sizeof relative, "tests/fixtures/import/%s", name);
    return source_path(relative);
}

START_TEST(numbers_are_those_of_numpy) {
    const struct format_case *one = &format_cases[_i];
    char *path = fixture(one->file), *expected = fixture(one->expected);
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights;
    ck_assert_msg(mien_weights_open(expected, NULL, &weights, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_msg(mien_source_open(path, one->format, &source, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_uint_eq(source.tensors.count, mien_weights_count(weights));
    for (size_t i = 0; i < source.tensors.count; i++) {
        const char *name = source.tensors.items[i].name;
        const mien_tensor *got = &source.tensors.items[i].tensor;
        const mien_tensor *wanted = mien_weights_find(weights, name);
        ck_assert_msg(wanted != NULL, "%s", name);
        ck_assert_msg(got->dtype == wanted->dtype, "%s", name);
        ck_assert_msg(mien_shape_equal(&got->shape, &wanted->shape), "%s", name);
        ck_assert_msg(got->bytes == wanted->bytes, "%s", name);
        ck_assert_msg(!got->bytes || memcmp(got->data, wanted->data, got->bytes) == 0,
                      "%s: the numbers differ", name);
    }
    mien_weights_close(weights);
    free(expected);
    free(path);
}
END_TEST

START_TEST(a_layers_model_is_read_like_its_manifest) {
    static const char model[] =
        "{\"format\": \"layers-model\", \"modelTopology\": {}, \"weightsManifest\": "
        "[{\"paths\": [\"below/shard\"], \"weights\": "
        "[{\"name\": \"a\", \"shape\": [1], \"dtype\": \"float32\"}]}]}";
    write_file(folder, "model.json", model, sizeof model - 1);
    write_file(folder, "below/shard", "\0\0\x80\x3f", 4);
    char path[4096];
    snprintf(path, sizeof path, "%s/model.json", folder);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_source_open(path, MIEN_SOURCE_AUTO, &source, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_float_eq(*(const float *)source.tensors.items[0].tensor.data, 1);
}
END_TEST

START_TEST(the_format_asked_for_must_be_the_files) {
    static const struct {
        const char *file;
        mien_source_format format;
        const char *message;
    } wrong[] = {
        {"graph.json", MIEN_SOURCE_TFJS_LAYERS, "is a graph model: --format tfjs-graph"},
        {"layers-weights_manifest.json", MIEN_SOURCE_TFJS_GRAPH,
         "is no graph model: --format tfjs-layers"},
        {"graph.json", MIEN_SOURCE_SAFETENSORS, "no safetensors file"},
        {"graph.safetensors", MIEN_SOURCE_TFJS_GRAPH, "no JSON"},
    };
    char *path = fixture(wrong[_i].file);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_source_open(path, wrong[_i].format, &source, &error), MIEN_BAD_INPUT);
    ck_assert_msg(strncmp(error.message, path, strlen(path)) == 0, "%s", error.message);
    ck_assert_msg(strstr(error.message, wrong[_i].message) != NULL, "%s", error.message);
    free(path);
}
END_TEST

// Reads `json` as m.json in the test's folder, where "four" and "three" hold as many bytes.
static mien_status read_json(const char *json, mien_error *error) {
    char path[4096];
    write_file(folder, "m.json", json, strlen(json));
    write_file(folder, "four", "\1\2\3\4", 4);
    write_file(folder, "three", "\1\2\3", 3);
    snprintf(path, sizeof path, "%s/m.json", folder);
    mien_status status = mien_source_open(path, MIEN_SOURCE_AUTO, &source, error);
    ck_assert_msg(status == MIEN_OK || strncmp(error->message, path, strlen(path)) == 0, "%s",
                  error->message);
    return status;
}

#define GROUP(paths, weights) "[{\"paths\": [" paths "], \"weights\": [" weights "]}]"
#define WEIGHT(shape, dtype) "{\"name\": \"w\", \"shape\": " shape ", \"dtype\": \"" dtype "\"}"
#define QUANTISED(dtype, quantisation)                                                             \
    "{\"name\": \"w\", \"shape\": [4], \"dtype\": \"" dtype "\", \"quantization\": " quantisation  \
    "}"

static const struct broken {
    const char *json, *message; // a part of it
} broken_files[] = {
    {"[", "no JSON: "},
    {"[] x", "no JSON: "},
    {"1", "neither a TensorFlow.js weights manifest (an array) nor a model"},
    {"{\"format\": \"tflite\"}", "neither a TensorFlow.js weights manifest"},
    {"{\"format\": \"graph-model\"}", "there is no list of weights ('weightsManifest')"},
    {"{\"format\": \"layers-model\", \"weightsManifest\": 1}", "there is no list of weights"},
    {"[1]", "a group needs the lists 'paths' and 'weights'"},
    {"[{\"paths\": [\"four\"]}]", "a group needs the lists 'paths' and 'weights'"},
    {"[{\"paths\": \"four\", \"weights\": []}]", "a group needs the lists 'paths' and 'weights'"},
    {GROUP("\"four\"", "1"), "weight 0 of a group has no name"},
    {GROUP("\"four\"", "{\"name\": \"a\\u0000b\"}"), "weight 0 of a group has no name"},
    {GROUP("\"four\"", "{\"name\": \"w\"}"), "weight 'w': 'shape' is no list of at most 6 sizes"},
    {GROUP("\"four\"", WEIGHT("[1,1,1,1,1,1,1]", "bool")), "weight 'w': 'shape' is no list"},
    {GROUP("\"four\"", WEIGHT("[-4]", "bool")), "weight 'w': size 0 in 'shape' is no whole"},
    {GROUP("\"four\"", WEIGHT("[1, 4.5]", "bool")), "weight 'w': size 1 in 'shape' is no whole"},
    {GROUP("\"four\"", WEIGHT("[4294967296, 4294967296]", "bool")),
     "weight 'w': the shape's product overflows"},
    {GROUP("\"four\"", WEIGHT("[4611686018427387905]", "float32")),
     "weight 'w': the shape's product overflows"},
    {GROUP("\"four\"", WEIGHT("[18446744073709551615]", "bool") "," WEIGHT("[2]", "bool")),
     "weight 'w': the sizes overflow"},
    {GROUP("\"four\"", WEIGHT("[1000000000000]", "float32")),
     "a group's shards hold 4 bytes, but its weights take 4000000000000"},
    {GROUP("\"four\"", WEIGHT("[1]", "float64")),
     "weight 'w': type 'float64' is not supported; float32, int32 and bool are"},
    {GROUP("\"four\"", WEIGHT("[1]", "string")), "weight 'w': type 'string' is not supported"},
    {GROUP("\"four\"", "{\"name\": \"w\", \"shape\": [1], \"dtype\": 1}"), "type '(none)'"},
    {GROUP("\"four\"", QUANTISED("float32", "{\"dtype\": \"uint8\"}")),
     "weight 'w': 'quantization' needs numbers 'scale' and 'min' within its type's range"},
    {GROUP("\"four\"", QUANTISED("float32", "{\"dtype\": \"uint8\", \"scale\": 1}")),
     "weight 'w': 'quantization' needs numbers"},
    {GROUP("\"four\"",
           QUANTISED("float32", "{\"dtype\": \"uint8\", \"scale\": \"1\", \"min\": 0}")),
     "weight 'w': 'quantization' needs numbers"},
    {GROUP("\"four\"",
           QUANTISED("float32", "{\"dtype\": \"uint8\", \"scale\": 1e308, \"min\": 0}")),
     "weight 'w': 'quantization' needs numbers"},
    {GROUP("\"four\"", QUANTISED("int32", "{\"dtype\": \"uint8\", \"scale\": 1e9, \"min\": 0}")),
     "weight 'w': 'quantization' needs numbers"},
    {GROUP("\"four\"", QUANTISED("float32", "{\"dtype\": \"uint4\", \"scale\": 1, \"min\": 0}")),
     "weight 'w': quantisation 'uint4' is not supported for its type"},
    {GROUP("\"four\"", QUANTISED("bool", "{\"dtype\": \"uint8\", \"scale\": 1, \"min\": 0}")),
     "weight 'w': quantisation 'uint8' is not supported for its type"},
    {GROUP("\"four\"", QUANTISED("int32", "{\"dtype\": \"float16\"}")),
     "weight 'w': quantisation 'float16' is not supported for its type"},
    {GROUP("\"four\"", QUANTISED("float32", "1")), "weight 'w': quantisation '(none)'"},
    {GROUP("1", WEIGHT("[1]", "float32")), "path 0 of a group is no file name"},
    {GROUP("\"four\\u0000\"", WEIGHT("[1]", "float32")), "path 0 of a group is no file name"},
    {GROUP("", WEIGHT("[1]", "float32")), "a group's shards hold 0 bytes, but its weights take 4"},
    {GROUP("\"three\"", WEIGHT("[1]", "float32")),
     "a group's shards hold 3 bytes, but its weights take 4"},
    {GROUP("\"four\"", WEIGHT("[3]", "bool")), "four: has 4 bytes; at most 3 can be used"},
    {GROUP("\"four\", \"four\"", WEIGHT("[1]", "float32")), "four: has 4 bytes; at most 0"},
    {GROUP("\"../four\"", WEIGHT("[1]", "float32")),
     "shard '../four' leads out of the manifest's folder"},
    {GROUP("\"a/../../four\"", WEIGHT("[1]", "float32")), "leads out of the manifest's folder"},
    {GROUP("\"a/..\"", WEIGHT("[1]", "float32")), "leads out of the manifest's folder"},
    {GROUP("\"/etc/passwd\"", WEIGHT("[1]", "float32")), "leads out of the manifest's folder"},
    {GROUP("\"a\\\\four\"", WEIGHT("[1]", "float32")), "leads out of the manifest's folder"},
    {GROUP("\"\"", WEIGHT("[1]", "float32")), "leads out of the manifest's folder"},
    {GROUP("\"four\", \"four\"", WEIGHT("[1]", "float32") "," WEIGHT("[1]", "float32")),
     "tensor 'w' is there twice"},
    {GROUP("\"four\"", "{\"name\": \"__metadata__\", \"shape\": [1], \"dtype\": \"float32\"}"),
     "a tensor is named '__metadata__'"},
};

START_TEST(broken_files_are_refused) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(read_json(broken_files[_i].json, &error), MIEN_BAD_INPUT);
    ck_assert_msg(strstr(error.message, broken_files[_i].message) != NULL, "'%s' instead of '%s'",
                  error.message, broken_files[_i].message);
}
END_TEST

START_TEST(shards_that_cannot_be_read) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(read_json(GROUP("\"absent\"", WEIGHT("[1]", "float32")), &error),
                     MIEN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "/absent: cannot be opened: "));
    ck_assert_int_eq(read_json(GROUP("\".\"", WEIGHT("[1]", "float32")), &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "is not a regular file"));
    char pipe[4096];
    snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    ck_assert_int_eq(read_json(GROUP("\"pipe\"", WEIGHT("[1]", "float32")), &error),
                     MIEN_BAD_INPUT);
}
END_TEST

START_TEST(sources_that_cannot_be_read) {
    char path[4096];
    mien_error error = MIEN_ERROR_INIT;
    const mien_source_format format = (mien_source_format)_i;
    snprintf(path, sizeof path, "%s/absent", folder);
    ck_assert_int_eq(mien_source_open(path, format, &source, &error), MIEN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, path));
    ck_assert_int_eq(mien_source_open(folder, format, &source, &error), MIEN_BAD_INPUT);
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(mien_source_open(path, format, &source, &error), MIEN_BAD_INPUT);
    write_file(folder, "empty", "", 0);
    snprintf(path, sizeof path, "%s/empty", folder);
    ck_assert_int_eq(mien_source_open(path, format, &source, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, path));
}
END_TEST

START_TEST(every_truncation_is_refused) {
    static const char *const files[] = {"graph.json", "layers.safetensors"};
    char *path = fixture(files[_i]), bytes[4096];
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    free(path);
    char cut[4096];
    snprintf(cut, sizeof cut, "%s/cut", folder);
    // What follows the last bracket is a line break.
    size_t whole = _i == 0 ? (size_t)(strrchr(bytes, '}') - bytes + 1) : size;
    for (size_t length = 0; length < whole; length++) {
        write_file(folder, "cut", bytes, length);
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_msg(mien_source_open(cut, MIEN_SOURCE_AUTO, &source, &error) == MIEN_BAD_INPUT,
                      "%zu bytes", length);
        mien_source_close(&source);
    }
}
END_TEST

// Reads, renames and converts.
static mien_status convert_all(const char *path, mien_error *error) {
    static const char rules[] = "rules:\n- {from: '*/**', to: '*.**', reshape: [-1]}\n"
                                "- {from: '*', to: '*.mean', fill: 1}\n- {from: '*', to: '*'}\n";
    mien_source read = {0};
    mien_table table = {0};
    mien_import_set result = {0};
    mien_status status = mien_source_open(path, MIEN_SOURCE_AUTO, &read, error);
    if (status == MIEN_OK) {
        status = mien_table_parse(rules, sizeof rules - 1, "t.yaml", &table, error);
    }
    if (status == MIEN_OK) {
        status = mien_import_apply(&table, &read.tensors, &result, error);
    }
    if (status == MIEN_OK) {
        status = mien_import_convert(&result, MIEN_F16, error);
    }
    mien_import_set_clear(&result);
    mien_table_clear(&table);
    mien_source_close(&read);
    return status;
}

START_TEST(any_allocation_may_fail) {
    static const char *const files[] = {"layers-weights_manifest.json", "layers.safetensors"};
    char *path = fixture(files[_i]);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(convert_all(path, &error) == MIEN_OK, "%s", error.message);
    for (int mode = TORTURE_ONCE; mode <= TORTURE_ONWARDS; mode++) {
        size_t nth = 0;
        for (bool failed = true; failed;) {
            const size_t before = torture_live_blocks();
            error = (mien_error)MIEN_ERROR_INIT;
            torture_begin(++nth, (torture_mode)mode);
            mien_status status = convert_all(path, &error);
            failed = torture_end();
            ck_assert_uint_eq(torture_live_blocks(), before);
            ck_assert_msg(status == (failed ? MIEN_OUT_OF_MEMORY : MIEN_OK),
                          "allocation %zu: status %d: %s", nth, status, error.message);
            ck_assert(!failed || error.message[0]);
        }
        ck_assert_uint_gt(nth, 20);
    }
    free(path);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("foreign weights");
    TCase *reading = tcase_create("reading");
    tcase_add_checked_fixture(reading, set_up, tear_down);
    tcase_add_loop_test(reading, numbers_are_those_of_numpy, 0,
                        sizeof format_cases / sizeof *format_cases);
    tcase_add_test(reading, a_layers_model_is_read_like_its_manifest);
    suite_add_tcase(suite, reading);
    TCase *refused = tcase_create("refused");
    tcase_set_timeout(refused, 120);
    tcase_add_checked_fixture(refused, set_up, tear_down);
    tcase_add_loop_test(refused, the_format_asked_for_must_be_the_files, 0, 4);
    tcase_add_loop_test(refused, broken_files_are_refused, 0,
                        sizeof broken_files / sizeof *broken_files);
    tcase_add_test(refused, shards_that_cannot_be_read);
    tcase_add_loop_test(refused, sources_that_cannot_be_read, 0, MIEN_SOURCE_COUNT);
    tcase_add_loop_test(refused, every_truncation_is_refused, 0, 2);
    tcase_add_loop_test(refused, any_allocation_may_fail, 0, 2);
    suite_add_tcase(suite, refused);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
