// SPDX-License-Identifier: Apache-2.0
// Loading and running models, by graph and by themselves, and every way that fails.
#include "host/model.h"
#include "support/expectation.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/seeded.h"
#include "zoo/config.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder;

static void set_up(void) {
    folder = make_folder();
}

static void tear_down(void) {
    remove_folder(folder);
}

static mien_model *load(mien_registry *registry, const char *name) {
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_model_load(registry, name, NULL, &model, &error) == MIEN_OK, "%s",
                  error.message);
    return model;
}

/// Loading the model "m" must fail with this message, `folder` and "/m.yaml" in front of it.
static void check_refused(mien_status expected, const char *message) {
    mien_registry *const registry = make_registry(folder);
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_model_load(registry, "m", NULL, &model, &error);
    ck_assert_msg(status == expected, "status %d: %s", status, error.message);
    ck_assert_msg(strstr(error.message, message), "%s", error.message);
    ck_assert_ptr_null(model);
    mien_registry_free(registry);
}

/// The small fixture network in double precision: mean over pixels, then a linear layer.
static double expected_logit(const mien_model *model, const float *input, size_t class) {
    const mien_input_spec *const spec = mien_model_input(model);
    const size_t pixels = (size_t)spec->height * spec->width;
    const mien_graph *const graph = mien_model_graph(model);
    const mien_parameter weight = mien_graph_parameter(graph, 0);
    const mien_parameter bias = mien_graph_parameter(graph, 1);
    float weights[9], biases[3];
    seeded_parameter(&weight, weights, 9, NULL);
    seeded_parameter(&bias, biases, 3, NULL);
    double logit = biases[class];
    for (size_t channel = 0; channel < 3; channel++) {
        double mean = 0;
        for (size_t pixel = 0; pixel < pixels; pixel++) {
            mean += input[pixel * 3 + channel] / (double)pixels;
        }
        logit += weights[class * 3 + channel] * mean;
    }
    return logit;
}

START_TEST(a_graph_model_answers) {
    write_model(folder, "m", "sound", "input: {height: 12}\n");
    mien_registry *const registry = make_registry(folder);
    mien_model *const model = load(registry, "m");
    ck_assert_ptr_nonnull(mien_model_graph(model));
    ck_assert_ptr_nonnull(mien_model_session(model));
    ck_assert_ptr_nonnull(mien_model_context(model));
    ck_assert_uint_eq(mien_model_input(model)->height, 12);
    ck_assert_uint_eq(mien_model_input(model)->width, 8);
    ck_assert_uint_eq(mien_model_classes(model), 3);
    ck_assert_str_eq(mien_model_class(model, 2), "c");
    ck_assert_uint_eq(mien_model_weights_bytes(model), (9 + 3) * sizeof(float));
    ck_assert_ptr_nonnull(strstr(mien_model_weights_path(model), "/m.safetensors"));
    ck_assert_str_eq(mien_model_plugin(model)->name, "sound");
    float *const input = seeded_pictures(2, 12, 8, 3);
    float logits[6];
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_model_run(model, input, 2, logits, &error), MIEN_OK);
    for (size_t i = 0; i < 6; i++) {
        const double expected = expected_logit(model, input + i / 3 * 12 * 8 * 3, i % 3);
        ck_assert_double_eq_tol(logits[i], expected, 1e-5);
    }
    free(input);
    mien_model_free(model);
    mien_registry_free(registry);
}
END_TEST

/// Whether it is loaded at once or at its first run makes no difference to what it says.
START_TEST(a_deferred_model_answers) {
    write_model(folder, "m", "sound", "");
    mien_registry *const registry = make_registry(folder);
    mien_model *const model = load(registry, "m");
    mien_model *deferred = NULL;
    mien_error error = MIEN_ERROR_INIT;
    const mien_model_options options = {.deferred = true};
    ck_assert_int_eq(mien_model_load(registry, "m", &options, &deferred, &error), MIEN_OK);
    ck_assert_ptr_nonnull(mien_model_graph(deferred));
    ck_assert_ptr_null(mien_model_session(deferred));
    ck_assert_ptr_null(mien_model_context(deferred));
    float *const input = seeded_pictures(1, 8, 8, 3);
    float expected[3], logits[3];
    ck_assert_int_eq(mien_model_run(model, input, 1, expected, &error), MIEN_OK);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(mien_model_run(deferred, input, 1, logits, &error), MIEN_OK);
        ck_assert_mem_eq(logits, expected, sizeof logits);
    }
    ck_assert(!mien_model_adopt(deferred, mien_model_session(model), mien_model_context(model)));
    ck_assert_uint_eq(mien_model_weights_bytes(deferred), mien_model_weights_bytes(model));
    free(input);
    mien_model_free(deferred);
    mien_model_free(model);
    mien_registry_free(registry);
}
END_TEST

START_TEST(a_deferred_model_says_what_is_wrong_when_it_runs) {
    write_model(folder, "m", "sound", "");
    mien_registry *const registry = make_registry(folder);
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_model_options options = {.deferred = true};
    ck_assert_int_eq(mien_model_load(registry, "m", &options, &model, &error), MIEN_OK);
    write_file(folder, "m.safetensors", "nothing", 7);
    float *const input = seeded_pictures(1, 8, 8, 3);
    float logits[3];
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(mien_model_run(model, input, 1, logits, &error), MIEN_BAD_INPUT);
        ck_assert_msg(strstr(error.message, "m.yaml:6:17: "), "%s", error.message);
        ck_assert_ptr_null(mien_model_context(model));
    }
    free(input);
    mien_model_free(model);
    options.extra_output = "head";
    ck_assert_int_eq(mien_model_load(registry, "m", &options, &model, &error),
                     MIEN_INVALID_ARGUMENT);
    mien_registry_free(registry);
}
END_TEST

START_TEST(a_model_by_itself_answers) {
    write_manifest(folder, "m", "by-itself", "config: {gain: 3}\n");
    mien_registry *const registry = make_registry(folder);
    mien_model *const model = load(registry, "m");
    ck_assert_ptr_null(mien_model_graph(model));
    ck_assert_ptr_null(mien_model_session(model));
    ck_assert_ptr_null(mien_model_context(model));
    ck_assert_ptr_null(mien_model_weights_path(model));
    float *const input = seeded_pictures(2, 8, 8, 3);
    float logits[6];
    ck_assert_int_eq(mien_model_run(model, input, 2, logits, NULL), MIEN_OK);
    for (size_t i = 0; i < 6; i++) {
        double mean = 0;
        for (size_t j = 0; j < 192; j++) {
            mean += input[i / 3 * 192 + j] / 192.0;
        }
        ck_assert_double_eq_tol(logits[i], mean * 3 * (double)(i % 3 + 1), 1e-5);
    }
    free(input);
    mien_model_free(model);
    mien_registry_free(registry);
}
END_TEST

/// Weights of a model that computes by itself are digested before the plugin sees them.
START_TEST(a_model_by_itself_has_its_weights_checked) {
    char more[256], path[4096], digest[MIEN_SHA256_HEX];
    write_file(folder, "w.bin", "weights", 7);
    snprintf(path, sizeof path, "%s/w.bin", folder);
    ck_assert_int_eq(mien_sha256_file(path, digest, NULL), MIEN_OK);
    snprintf(more, sizeof more, "weights: {file: w.bin, sha256: %s}\n", digest);
    write_manifest(folder, "m", "by-itself", more);
    mien_registry *const registry = make_registry(folder);
    mien_model *const model = load(registry, "m");
    ck_assert_uint_eq(mien_model_weights_bytes(model), 7);
    mien_model_free(model);
    mien_registry_free(registry);
    write_file(folder, "w.bin", "Weights", 7);
    check_refused(MIEN_BAD_INPUT, "has the SHA-256 digest");
}
END_TEST

START_TEST(configuration_is_checked_where_it_stands) {
    static const struct {
        const char *config, *message;
    } cases[] = {
        {"config: {gian: 3}\n", "m.yaml:6:10: unknown key \"gian\"; did you mean \"gain\"?"},
        {"config: {gain: 30}\n", "m.yaml:6:10: gain is 30; it must be from 1 to 10"},
        {"config: {gain: many}\n", "m.yaml:6:10: gain is \"many\"; it must be an integer"},
        {"config: {gain: [1]}\n", "m.yaml:6:10: gain is \"[1]\"; it must be an integer"},
        {"input: {channels: 1}\n", "m.yaml:4:9: the input has one channel and is not gray"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_manifest(folder, "m", "by-itself", cases[i].config);
        check_refused(MIEN_BAD_INPUT, cases[i].message);
    }
    write_manifest(folder, "m", "sound", "config: {gain: 3}\n");
    check_refused(MIEN_BAD_INPUT, "m.yaml:6:10: unknown key \"gain\"; plugin sound takes none");
}
END_TEST

START_TEST(plugins_that_fail_while_declaring) {
    static const struct {
        const char *plugin, *message;
        mien_status status;
    } cases[] = {
        {"nowhere", "m.yaml:4:9: no plugin \"nowhere\"; looked in", MIEN_NOT_FOUND},
        {"sounds", "m.yaml:4:9: no plugin \"sounds\"; did you mean \"sound\"?", MIEN_NOT_FOUND},
        {"zero-std", "input.std[2] is 0; it must be a number other than 0", MIEN_PLUGIN},
        {"wrong-major", "built for plugin ABI 7.0", MIEN_ABI_MISMATCH},
        {"rejects", "width 10 is not a multiple of 3 heads", MIEN_BAD_INPUT},
        {"fixed-head", "m.yaml:5:11: 3 classes are listed, but the head of plugin fixed-head has 7",
         MIEN_BAD_INPUT},
        {"fixed-input",
         "m.yaml:4:9: plugin fixed-input declares the input [5, 5, 3], but pictures "
         "come as [8, 8, 3]",
         MIEN_PLUGIN},
        {"open-fails", "plugin open-fails: open: failed without a message", MIEN_PLUGIN},
        {"open-gives-nothing", "open succeeded without an instance", MIEN_PLUGIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_manifest(folder, "m", cases[i].plugin, "");
        check_refused(cases[i].status, cases[i].message);
    }
}
END_TEST

START_TEST(a_plugin_that_returns_no_node_is_refused) {
    write_manifest(folder, "m", "returns-no-node", "");
    mien_registry *const registry = make_registry(folder);
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_ne(mien_model_load(registry, "m", NULL, &model, &error), MIEN_OK);
    ck_assert_msg(strstr(error.message, "m.yaml:4:9: plugin returns-no-node: "), "%s",
                  error.message);
    mien_registry_free(registry);
}
END_TEST

START_TEST(plugins_that_fail_while_running) {
    static const struct {
        const char *plugin, *message;
    } cases[] = {{"run-fails", "plugin run-fails: run: no luck today"},
                 {"run-odd-status", "plugin run-odd-status: run: failed without a message"},
                 {"run-gives-nan",
                  "the logit of class a is nan; its plugin must answer with finite numbers"}};
    float *const input = seeded_pictures(1, 8, 8, 3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_manifest(folder, "m", cases[i].plugin, "");
        mien_registry *const registry = make_registry(folder);
        mien_model *const model = load(registry, "m");
        float logits[3] = {0};
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(mien_model_run(model, input, 1, logits, &error), MIEN_PLUGIN);
        ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
        mien_model_free(model);
        mien_registry_free(registry);
    }
    free(input);
}
END_TEST

START_TEST(weights_that_do_not_belong) {
    write_manifest(folder, "m", "sound", "");
    check_refused(MIEN_BAD_INPUT, "m.yaml:3:7: model \"m\" has no weights");
    write_model(folder, "m", "sound", "");
    char path[4096];
    snprintf(path, sizeof path, "%s/m.safetensors", folder);
    FILE *const file = fopen(path, "r+b");
    ck_assert_int_eq(fseek(file, -1, SEEK_END), 0);
    ck_assert_int_ne(fputc(0x55, file), EOF);
    fclose(file);
    check_refused(MIEN_BAD_INPUT, "m.yaml:6:17: ");
    check_refused(MIEN_BAD_INPUT, "SHA-256");
    ck_assert_int_eq(unlink(path), 0);
    check_refused(MIEN_NOT_FOUND, "m.yaml:6:17: no file \"m.safetensors\" in folder");
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
    check_refused(MIEN_BAD_INPUT, "m.yaml:6:17: \"m.safetensors\" is a link that leads out");
}
END_TEST

START_TEST(weights_of_another_network) {
    write_model(folder, "other", "cnn-baseline", "");
    char path[4096], digest[MIEN_SHA256_HEX], more[512];
    snprintf(path, sizeof path, "%s/other.safetensors", folder);
    ck_assert_int_eq(mien_sha256_file(path, digest, NULL), MIEN_OK);
    snprintf(more, sizeof more, "weights: {file: other.safetensors, sha256: %s}\n", digest);
    write_manifest(folder, "m", "sound", more);
    check_refused(MIEN_BAD_INPUT, "unexpected");
}
END_TEST

START_TEST(explain_layers_must_exist) {
    write_manifest(folder, "m", "sound", "explain: {layer: haed}\n");
    check_refused(MIEN_BAD_INPUT,
                  "m.yaml:6:18: the graph has no layer \"haed\"; did you mean \"head\"?");
}
END_TEST

START_TEST(other_kinds_are_no_models) {
    static const char text[] = "schema: 1\nkind: ensemble\nname: m\nmembers: [{model: a}]\n";
    write_file(folder, "m.yaml", text, sizeof text - 1);
    check_refused(MIEN_INVALID_ARGUMENT, "m.yaml:3:7: \"m\" is an ensemble; a model is needed");
}
END_TEST

START_TEST(extra_outputs_are_nodes_of_the_graph) {
    write_model(folder, "m", "sound", "");
    mien_registry *const registry = make_registry(folder);
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_model_options options = {.extra_output = "nothing"};
    ck_assert_int_eq(mien_model_load(registry, "m", &options, &model, &error),
                     MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "has no layer \"nothing\""));
    write_manifest(folder, "self", "by-itself", "");
    ck_assert_int_eq(mien_model_load(registry, "self", &options, &model, &error), MIEN_UNSUPPORTED);
    mien_registry_free(registry);
}
END_TEST

START_TEST(settings_go_over_the_manifest) {
    write_manifest(folder, "m", "cnn-baseline", "config: {dense: [64]}\n");
    mien_registry *const registry = make_registry(folder);
    mien_declaration declaration;
    mien_error error = MIEN_ERROR_INIT;
    static const char *const good[] = {"dense=[]", "kernel=5", NULL};
    ck_assert_int_eq(mien_model_declare(registry, "m", good, &declaration, &error), MIEN_OK);
    ck_assert_uint_eq(mien_config_integers(declaration.config, "dense", NULL, 0), 0);
    ck_assert_int_eq(mien_config_integer(declaration.config, "kernel"), 5);
    ck_assert_ptr_nonnull(declaration.graph);
    mien_declaration_free(&declaration);
    static const char *const bad[][2] = {
        {"kernel", NULL}, {"kernels=5", NULL}, {"kernel=50", NULL}};
    static const char *const messages[] = {"is no setting; write KEY=VALUE",
                                           "did you mean \"kernel\"?", "it must be from 1 to 11"};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(mien_model_declare(registry, "m", bad[i], &declaration, &error),
                         MIEN_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, messages[i]), "%s", error.message);
    }
    mien_registry_free(registry);
}
END_TEST

static Suite *suite(void) {
    Suite *const models = suite_create("model");
    TCase *const answering = tcase_create("answering");
    tcase_add_checked_fixture(answering, set_up, tear_down);
    tcase_add_test(answering, a_graph_model_answers);
    tcase_add_test(answering, a_deferred_model_answers);
    tcase_add_test(answering, a_model_by_itself_answers);
    tcase_add_test(answering, settings_go_over_the_manifest);
    suite_add_tcase(models, answering);
    TCase *const refusing = tcase_create("refusing");
    tcase_add_checked_fixture(refusing, set_up, tear_down);
    tcase_set_timeout(refusing, 60);
    tcase_add_test(refusing, a_model_by_itself_has_its_weights_checked);
    tcase_add_test(refusing, a_deferred_model_says_what_is_wrong_when_it_runs);
    tcase_add_test(refusing, configuration_is_checked_where_it_stands);
    tcase_add_test(refusing, plugins_that_fail_while_declaring);
    tcase_add_test(refusing, a_plugin_that_returns_no_node_is_refused);
    tcase_add_test(refusing, plugins_that_fail_while_running);
    tcase_add_test(refusing, weights_that_do_not_belong);
    tcase_add_test(refusing, weights_of_another_network);
    tcase_add_test(refusing, explain_layers_must_exist);
    tcase_add_test(refusing, other_kinds_are_no_models);
    tcase_add_test(refusing, extra_outputs_are_nodes_of_the_graph);
    suite_add_tcase(models, refusing);
    return models;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
