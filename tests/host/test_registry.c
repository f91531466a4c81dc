// SPDX-License-Identifier: Apache-2.0
// Finding manifests and plugins.
#include "host/registry.h"
#include "support/expectation.h"
#include "support/folder.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *first, *second;

static void put(const char *folder, const char *file, const char *name, const char *summary) {
    char text[512];
    snprintf(text, sizeof text,
             "schema: 1\nkind: model\nname: %s\nsummary: %s\nplugin: sound\nclasses: [a, b]\n",
             name, summary);
    write_file(folder, file, text, strlen(text));
}

static void make_folders(void) {
    first = make_folder();
    second = make_folder();
    put(first, "alpha.yaml", "alpha", "the first alpha");
    put(second, "alpha.yaml", "alpha", "the second alpha");
    put(second, "beta/beta.yaml", "beta", "nested");
    put(second, "gamma.yaml", "delta", "misnamed");
    write_file(first, "broken.yaml", "schema: 1\nkind: modle\n", 22);
    write_file(first, "alpha.safetensors", "x", 1);
    write_file(first, ".hidden.yaml", "x", 1);
}

static void remove_folders(void) {
    remove_folder(first);
    remove_folder(second);
}

static mien_registry *open_registry(void) {
    char path[8192];
    snprintf(path, sizeof path, "%s::/nowhere/at/all:%s", first, second);
    char *const plugins = build_path("lib/mien/broken");
    const mien_registry_options options = {
        .manifest_path = path, .plugin_path = plugins, .only_given = true};
    mien_registry *registry = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_create(&options, &registry, &error) == MIEN_OK, "%s",
                  error.message);
    free(plugins);
    return registry;
}

static void check_manifest(const mien_registry *registry, const char *name, const char *summary) {
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_manifest(registry, name, &manifest, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_str_eq(manifest->summary.text, summary);
    mien_manifest_free(manifest);
}

static void check_refused(const mien_registry *registry, const char *name, mien_status status,
                          const char *message) {
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_registry_manifest(registry, name, &manifest, &error), status);
    ck_assert_msg(strstr(error.message, message), "%s", error.message);
    ck_assert_ptr_null(manifest);
}

START_TEST(manifests_are_found_by_name_and_by_path) {
    mien_registry *const registry = open_registry();
    char path[4096];
    check_manifest(registry, "alpha", "the first alpha");
    check_manifest(registry, "beta", "nested");
    snprintf(path, sizeof path, "%s/alpha.yaml", second);
    check_manifest(registry, path, "the second alpha");
    snprintf(path, sizeof path, "%s/gamma.yaml", second); // by path, any name will do
    check_manifest(registry, path, "misnamed");
    mien_registry_free(registry);
}
END_TEST

START_TEST(manifests_that_are_not_found) {
    mien_registry *const registry = open_registry();
    check_refused(registry, "alhpa", MIEN_NOT_FOUND, "did you mean \"alpha\"?; looked in ");
    check_refused(registry, "zzzzzzzzz", MIEN_NOT_FOUND, "no manifest \"zzzzzzzzz\"; looked in ");
    check_refused(registry, "No Such", MIEN_NOT_FOUND, "names are lower-case letters");
    check_refused(registry, "gamma", MIEN_BAD_INPUT,
                  "gamma.yaml:3:7: calls itself \"delta\" in a file named gamma.yaml");
    check_refused(registry, "broken", MIEN_BAD_INPUT, "broken.yaml:2:7: kind is \"modle\"");
    check_refused(registry, "none.yaml", MIEN_NOT_FOUND, "none.yaml: no such file");
    mien_registry_free(registry);
}
END_TEST

START_TEST(the_list_has_broken_manifests_too) {
    mien_registry *const registry = open_registry();
    mien_registry_entry *entries = NULL;
    size_t count = 0;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_registry_list(registry, &entries, &count, &error), MIEN_OK);
    ck_assert_uint_eq(count, 4);
    static const char *const names[] = {"alpha", "beta", "broken", "gamma"};
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(entries[i].name, names[i]);
        const bool sound = i < 2;
        ck_assert_int_eq(entries[i].manifest != NULL, sound);
        ck_assert_int_eq(entries[i].problem != NULL, !sound);
        ck_assert_int_eq(entries[i].status, sound ? MIEN_OK : MIEN_BAD_INPUT);
        ck_assert_msg(strstr(entries[i].path, ".yaml"), "%s", entries[i].path);
    }
    ck_assert_str_eq(entries[0].manifest->summary.text, "the first alpha");
    mien_registry_entries_free(entries, count);
    mien_registry_free(registry);
}
END_TEST

START_TEST(plugins_are_found_by_name_alone_and_kept) {
    mien_registry *const registry = open_registry();
    const mien_plugin_library *library = NULL, *again = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_plugin(registry, "sound", &library, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_int_eq(mien_registry_plugin(registry, "sound", &again, &error), MIEN_OK);
    ck_assert_ptr_eq(library, again);
    ck_assert_int_eq(mien_registry_plugin(registry, "suond", &library, &error), MIEN_NOT_FOUND);
    ck_assert_msg(strstr(error.message, "did you mean \"sound\"?"), "%s", error.message);
    ck_assert_int_eq(mien_registry_plugin(registry, "../broken/sound", &library, &error),
                     MIEN_NOT_FOUND);
    ck_assert_int_eq(mien_registry_plugin(registry, "zero-std", &library, &error), MIEN_PLUGIN);
    mien_registry_free(registry);
}
END_TEST

static void *ask_for_plugin(void *registry) {
    const mien_plugin_library *library = NULL;
    return mien_registry_plugin(registry, "sound", &library, NULL) == MIEN_OK ? (void *)library
                                                                              : NULL;
}

START_TEST(threads_get_the_same_plugin) {
    mien_registry *const registry = open_registry();
    pthread_t threads[4];
    void *libraries[4];
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_for_plugin, registry), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], &libraries[i]);
        ck_assert_ptr_nonnull(libraries[i]);
        ck_assert_ptr_eq(libraries[i], libraries[0]);
    }
    mien_registry_free(registry);
}
END_TEST

START_TEST(the_environment_is_searched_first) {
    setenv("MIEN_MANIFEST_PATH", first, 1);
    mien_registry *registry = NULL;
    ck_assert_int_eq(mien_registry_create(NULL, &registry, NULL), MIEN_OK);
    check_manifest(registry, "alpha", "the first alpha");
    mien_registry_free(registry);
}
END_TEST

static Suite *suite(void) {
    Suite *const registry = suite_create("registry");
    TCase *const finding = tcase_create("finding");
    tcase_add_unchecked_fixture(finding, make_folders, remove_folders);
    tcase_add_test(finding, manifests_are_found_by_name_and_by_path);
    tcase_add_test(finding, manifests_that_are_not_found);
    tcase_add_test(finding, the_list_has_broken_manifests_too);
    tcase_add_test(finding, plugins_are_found_by_name_alone_and_kept);
    tcase_add_test(finding, threads_get_the_same_plugin);
    tcase_add_test(finding, the_environment_is_searched_first);
    suite_add_tcase(registry, finding);
    return registry;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
