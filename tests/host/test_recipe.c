// SPDX-License-Identifier: Apache-2.0
// Recipes: what they say, their defaults, and what a user says in place of the file.
#include "host/manifest.h"
#include "host/model.h"
#include "support/folder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char text[] =
    "schema: 1\n"
    "kind: recipe\n"
    "name: sample\n"
    "model: {plugin: cnn-baseline, classes: [angry, happy], input: {height: 24, width: 24},\n"
    "        config: {filters: [8, 8]}}\n"
    "data: {dataset: ../train, vote_weight: 0.5, sampling: balanced}\n"
    "start: {weights: ../a.safetensors, skip: [head.*], statistics: refresh}\n"
    "freeze: ['conv1.*']\n"
    "augment: {flip: 0.5, mixup: 0.2}\n"
    "optimizer: {rule: adamw, rate: 1e-3, momentum: 0, nesterov: false}\n"
    "train: {epochs: 3}\n";

static mien_status parse_with(const char *const *settings, mien_manifest **manifest,
                              mien_error *error) {
    const mien_manifest_options options = {.settings = settings};
    return mien_manifest_parse(text, strlen(text), "folder/x.yaml", &options, manifest, error);
}

static mien_manifest *parse(const char *const *settings) {
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = parse_with(settings, &manifest, &error);
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    return manifest;
}

START_TEST(a_recipe_says_all_it_says) {
    mien_manifest *const manifest = parse(NULL);
    const mien_recipe_manifest *const recipe = &manifest->recipe;
    ck_assert_int_eq(manifest->kind, MIEN_KIND_RECIPE);
    ck_assert_str_eq(mien_manifest_kind_text(manifest->kind), "recipe");
    ck_assert_str_eq(recipe->model.plugin.text, "cnn-baseline");
    ck_assert_uint_eq(recipe->model.input.height, 24);
    ck_assert_str_eq(recipe->data.dataset.text, "../train");
    ck_assert_int_eq(recipe->data.sampling, 1);
    ck_assert_double_eq(recipe->data.vote_weight, 0.5);
    ck_assert_str_eq(recipe->start.skip.items[0].text, "head.*");
    ck_assert_int_eq(recipe->start.statistics, MIEN_STATISTICS_REFRESH);
    ck_assert_str_eq(recipe->freeze.items[0].text, "conv1.*");
    ck_assert_double_eq(recipe->augment.mixup, 0.2);
    ck_assert_int_eq(recipe->optimizer.rule, 1);
    ck_assert(!recipe->optimizer.nesterov);
    ck_assert_double_eq(recipe->optimizer.momentum, 0);
    ck_assert_uint_eq(recipe->train.epochs, 3);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(what_a_recipe_does_not_say_has_defaults) {
    mien_manifest *const manifest = parse(NULL);
    const mien_recipe_manifest *const recipe = &manifest->recipe;
    ck_assert_double_eq(recipe->data.validation, 0.1);
    ck_assert_double_eq(recipe->augment.erase, 0);
    ck_assert_double_eq(recipe->augment.mix, 1);
    ck_assert_double_eq(recipe->optimizer.beta2, 0.999);
    ck_assert_double_eq(recipe->optimizer.head_rate, 1);
    ck_assert_int_eq(recipe->schedule.kind, 0);
    ck_assert_double_eq(recipe->schedule.final, 0);
    ck_assert_int_eq(recipe->loss.class_weights, 0);
    ck_assert_uint_eq(recipe->train.batch, 32);
    ck_assert_uint_eq(recipe->train.seed, 1);
    ck_assert_ptr_null(recipe->data.votes.text);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(a_setting_goes_over_the_file) {
    const char *const settings[] = {
        "train.epochs=7",    "schedule.kind=step",      "model.config.dense=[16, 8]",
        "freeze=[a.*, b.*]", "optimizer.nesterov=true", NULL};
    mien_manifest *const manifest = parse(settings);
    const mien_recipe_manifest *const recipe = &manifest->recipe;
    ck_assert_uint_eq(recipe->train.epochs, 7);
    ck_assert_int_eq(recipe->schedule.kind, 1);
    ck_assert_uint_eq(recipe->model.config.count, 2);
    ck_assert_str_eq(recipe->model.config.items[1].key.text, "dense");
    ck_assert_str_eq(recipe->model.config.items[1].value.text, "[16, 8]");
    ck_assert_uint_eq(recipe->freeze.count, 2);
    ck_assert_str_eq(recipe->freeze.items[1].text, "b.*");
    ck_assert(recipe->optimizer.nesterov);
    ck_assert_double_eq(recipe->optimizer.rate, 1e-3);
    mien_manifest_free(manifest);
}
END_TEST

START_TEST(a_bad_setting_is_refused) {
    static const struct {
        const char *setting, *message;
    } cases[] = {
        {"epochs", "setting \"epochs\" is none; write KEY=VALUE, such as train.epochs=3"},
        {"=3", "is none; write KEY=VALUE"},
        {".a=3", "has an empty part before or after a dot"},
        {"train.=3", "has an empty part before or after a dot"},
        {"train..epochs=3", "has an empty part before or after a dot"},
        {"train.epochs=", "has no value"},
        {"train.epochs.more=3", "goes on where the manifest has a value already"},
        {"train.epoch=3", "unknown key \"epoch\" in train; did you mean \"epochs\"?"},
        {"train.epochs=many", "epochs is \"many\"; it must be an integer from 1 to 100000"},
        {"train.epochs=[1, 2", "train.epochs=[1, 2"},
        {"kind=model", "unknown key \"model\" in a model"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const settings[] = {cases[i].setting, NULL};
        mien_manifest *manifest = NULL;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(parse_with(settings, &manifest, &error), MIEN_BAD_INPUT);
        ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
        ck_assert_ptr_null(manifest);
    }
}
END_TEST

/// What is printed is read again as the same recipe, zeros that are no defaults included.
START_TEST(a_description_is_a_recipe_again) {
    char *description = NULL;
    size_t size;
    mien_error error = MIEN_ERROR_INIT;
    mien_manifest *manifest = parse(NULL);
    FILE *const file = open_memstream(&description, &size);
    ck_assert_int_eq(mien_manifest_describe(manifest, file, &error), MIEN_OK);
    fclose(file);
    mien_manifest_free(manifest);
    manifest = NULL;
    mien_status status = mien_manifest_parse(description, size, "x.yaml", NULL, &manifest, &error);
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    ck_assert_double_eq(manifest->recipe.optimizer.momentum, 0);
    ck_assert(!manifest->recipe.optimizer.nesterov);
    ck_assert_str_eq(manifest->recipe.start.weights.text, "../a.safetensors");
    mien_manifest_free(manifest);
    free(description);
}
END_TEST

START_TEST(a_recipe_declares_its_network) {
    mien_registry *registry = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_declaration declaration = {0};
    ck_assert_int_eq(mien_registry_create(NULL, &registry, &error), MIEN_OK);
    mien_manifest *const manifest = parse(NULL);
    mien_status status =
        mien_model_declare_manifest(registry, manifest, NULL, &declaration, &error);
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(mien_graph_classes(declaration.graph), 2);
    ck_assert_uint_eq(mien_graph_input_shape(declaration.graph).dim[0], 24);
    mien_declaration_free(&declaration);
    mien_registry_free(registry);
}
END_TEST

static Suite *suite(void) {
    Suite *const recipe = suite_create("recipe");
    TCase *const all = tcase_create("all");
    tcase_add_test(all, a_recipe_says_all_it_says);
    tcase_add_test(all, what_a_recipe_does_not_say_has_defaults);
    tcase_add_test(all, a_setting_goes_over_the_file);
    tcase_add_test(all, a_bad_setting_is_refused);
    tcase_add_test(all, a_description_is_a_recipe_again);
    tcase_add_test(all, a_recipe_declares_its_network);
    suite_add_tcase(recipe, all);
    return recipe;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
