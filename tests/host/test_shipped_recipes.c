// SPDX-License-Identifier: Apache-2.0
// Every recipe in manifests/recipes is one, bears its file's name, and declares a network.
#include "host/model.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_recipe(mien_registry *registry, const char *path) {
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_declaration declaration = {0};
    ck_assert_msg(mien_manifest_read(path, NULL, &manifest, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_int_eq(manifest->kind, MIEN_KIND_RECIPE);
    char named[256];
    snprintf(named, sizeof named, "/%s.yaml", manifest->name.text);
    ck_assert_str_eq(strrchr(path, '/'), named);
    ck_assert_msg(mien_model_declare_manifest(registry, manifest, NULL, &declaration, &error) ==
                      MIEN_OK,
                  "%s: %s", path, error.message);
    ck_assert_uint_eq(mien_graph_classes(declaration.graph), manifest->recipe.model.classes.count);
    mien_declaration_free(&declaration);
}

START_TEST(shipped_recipes_declare_networks) {
    char pattern[4096];
    glob_t found;
    mien_registry *registry = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(pattern, sizeof pattern, "%s/manifests/recipes/*.yaml", getenv("MIEN_SOURCE"));
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_int_eq(mien_registry_create(NULL, &registry, &error), MIEN_OK);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        check_recipe(registry, found.gl_pathv[i]);
    }
    mien_registry_free(registry);
    globfree(&found);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("shipped recipes");
    TCase *cases = tcase_create("recipes");
    tcase_add_test(cases, shipped_recipes_declare_networks);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
