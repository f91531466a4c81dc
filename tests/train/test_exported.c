// SPDX-License-Identifier: Apache-2.0
// What training leaves behind is what it validated: for each plugin a recipe is trained, and the
// exported model answers through XNNPACK as the trainer's network does with the exported weights.
#include "support/folder.h"
#include "support/picture.h"
#include "support/seeded.h"
#include "tools/train/core/loop/start.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A_CLASS = 6, BATCH = 5, PATH = 4096 };

// Of a picture's largest logit.
static const double tolerance = 1e-3;

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static const char *const classes[] = {"angry", "happy", "sad"};

static const struct exported {
    const char *plugin;
    uint32_t side, channels;
    const char *config;
} all[] = {
    {"cnn-baseline", 16, 1, "{filters: [8, 12], dense: [10]}"},
    {"resnet-transfer", 16, 3, "{width: 8, stem: small, head: dropout}"},
    {"resnet-transfer", 112, 3, "{variant: dlib}"},
    {"mobilenet-transfer", 32, 3, "{width: 0.25}"},
    {"vit", 16, 1,
     "{width: 24, depth: 2, heads: 3, mlp_ratio: 2, patch: 4, stem: conv, stem_layers: 3, pool: "
     "mean}"},
};

static char *folder;
static mien_registry *registry;

static void set_up(void) {
    const mien_registry_options options = {.allow_outside = true};
    mien_error error = MIEN_ERROR_INIT;
    folder = make_folder();
    SUCCEEDS(mien_registry_create(&options, &registry, &error));
    for (uint32_t i = 0; i < 3 * A_CLASS; i++) {
        char name[PATH];
        mien_image image = picture_noise(20 + i, 24, 3);
        snprintf(name, sizeof name, "faces/%s/note.txt", classes[i % 3]);
        write_file(folder, name, "", 0);
        snprintf(name, sizeof name, "%s/faces/%s/%u.png", folder, classes[i % 3], i);
        SUCCEEDS(mien_image_write_png(&image, name, &error));
        mien_image_free(&image);
    }
}

static void tear_down(void) {
    mien_registry_free(registry);
    remove_folder(folder);
}

static void train(const struct exported *which) {
    char text[PATH], path[PATH], output[PATH];
    const int length = snprintf(text, sizeof text,
                                "schema: 1\n"
                                "kind: recipe\n"
                                "name: it\n"
                                "summary: A few steps\n"
                                "model:\n"
                                "  plugin: %s\n"
                                "  classes: [angry, happy, sad]\n"
                                "  input: {height: %u, width: %u, channels: %u, color: %s, "
                                "resize: stretch, mean: [0.5], std: [0.25]}\n"
                                "  config: %s\n"
                                "data: {dataset: faces, validation: 0.2}\n"
                                "optimizer: {rule: adamw, rate: 0.002, average: 0.5}\n"
                                "train: {epochs: 2, batch: 4, threads: 2}\n",
                                which->plugin, which->side, which->side, which->channels,
                                which->channels == 1 ? "gray" : "rgb", which->config);
    write_file(folder, "recipe.yaml", text, (size_t)length);
    snprintf(path, sizeof path, "%s/recipe.yaml", folder);
    snprintf(output, sizeof output, "%s/run", folder);
    const mien_manifest_options reading = {.allow_outside = true};
    const mien_trainer_options options = {.registry = registry, .output = output};
    mien_manifest *manifest = NULL;
    mien_declaration declaration = {0};
    mien_trainer *trainer = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_manifest_read(path, &reading, &manifest, &error));
    SUCCEEDS(mien_model_declare_manifest(registry, manifest, NULL, &declaration, &error));
    SUCCEEDS(mien_trainer_create(&declaration, &options, &trainer, &error));
    SUCCEEDS(mien_trainer_run(trainer, &error));
    mien_trainer_free(trainer);
    mien_declaration_free(&declaration);
}

/// The trainer's network over the model's graph, with all of the model's weights.
static mien_network *network_of(const mien_model *model) {
    const mien_network_options options = {.batch = BATCH, .threads = 2};
    const mien_manifest_texts none = {0};
    mien_start_report report;
    mien_network *network = NULL;
    mien_error error = MIEN_ERROR_INIT;
    size_t count;
    SUCCEEDS(mien_network_create(mien_model_graph(model), &options, &network, &error));
    SUCCEEDS(mien_start_load(network, mien_model_weights_path(model), &none, &report, &error));
    mien_network_parameters(network, &count);
    ck_assert_uint_eq(report.taken, count);
    ck_assert_uint_eq(report.unused, 0);
    return network;
}

START_TEST(test_same_logits) {
    train(&all[_i]);
    char path[PATH];
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/run/it.yaml", folder);
    SUCCEEDS(mien_model_load(registry, path, NULL, &model, &error));
    mien_network *network = network_of(model);
    const mien_input_spec *input = mien_model_input(model);
    float *pictures = seeded_pictures(BATCH, input->height, input->width, input->channels);
    memcpy(mien_network_input(network), pictures,
           sizeof *pictures * BATCH * input->height * input->width * input->channels);
    float logits[BATCH * 3];
    SUCCEEDS(mien_network_forward(network, MIEN_MODE_EVALUATE, 0, &error));
    SUCCEEDS(mien_model_run(model, pictures, BATCH, logits, &error));
    ck_assert_uint_eq(mien_network_logit_count(network), BATCH * 3);
    const float *expected = mien_network_logits(network);
    for (size_t n = 0; n < BATCH; n++) {
        double largest = 0, worst = 0;
        for (size_t i = 3 * n; i < 3 * n + 3; i++) {
            largest = fmax(largest, fabs((double)expected[i]));
            worst = fmax(worst, fabs((double)expected[i] - (double)logits[i]));
        }
        ck_assert_double_gt(largest, 1e-4);
        ck_assert_msg(worst <= tolerance * largest, "%s, picture %zu: %.3g of %.3g", all[_i].plugin,
                      n, worst, largest);
    }
    free(pictures);
    mien_network_free(network);
    mien_model_free(model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("exported weights");
    TCase *cases = tcase_create("plugins");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, test_same_logits, 0, sizeof all / sizeof *all);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
