// SPDX-License-Identifier: Apache-2.0
// `mien fit` is killed before each rename and removal it makes: the manifest that was there or has
// come still has the list of pictures that is its own.
#include "host/cli/fitting.h"
#include "support/folder.h"
#include "support/killing.h"
#include "support/models.h"
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A_CLASS = 6, KILLS = 5 }; // two lists, two manifests, and one list goes

static char *folder;

static const char *path_of(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_pictures(const char *data) {
    for (uint32_t i = 0; i < 3 * A_CLASS; i++) {
        char name[64];
        mien_image image = picture_noise(12 + i, 10, 3);
        snprintf(name, sizeof name, "%s/%c/%02u.png", data, "abc"[i % 3], i);
        write_file(folder, name, "", 0); // makes the folders
        ck_assert_int_eq(mien_image_write_png(&image, path_of(name), NULL), MIEN_OK);
        mien_image_free(&image);
    }
}

static void set_up(void) {
    static const char ensemble[] =
        "schema: 1\nkind: ensemble\nname: e\nmembers: [{model: m}, {model: o}]\n";
    folder = make_folder();
    write_model(folder, "m", "sound", "input: {height: 12, width: 8}\n");
    write_model(folder, "o", "sound", "input: {height: 9, width: 9}\n");
    write_file(folder, "e.yaml", ensemble, sizeof ensemble - 1);
    write_pictures("data");
}

static void tear_down(void) {
    remove_folder(folder);
}

static mien_status fit(int64_t seed, mien_error *error) {
    const mien_fitting_options options = {.method = MIEN_FIT_BOTH,
                                          .validation = 0.5,
                                          .penalty = 1,
                                          .seed = seed,
                                          .batch = 4,
                                          .threads = 1};
    mien_registry *registry = make_registry(folder);
    mien_fitting fitting = {0};
    char *data = strdup(path_of("data"));
    mien_status status = mien_fitting_run(registry, "e", data, &options, &fitting, error);
    if (status == MIEN_OK) {
        status = mien_fitting_write(&fitting, registry, path_of("fitted.yaml"), error);
    }
    mien_fitting_clear(&fitting);
    mien_registry_free(registry);
    free(data);
    return status;
}

static mien_status fit_seed(const void *seed, mien_error *error) {
    return fit(*(const int64_t *)seed, error);
}

static bool fit_and_kill(int64_t seed, int kill_at) {
    return run_and_kill(fit_seed, &seed, kill_at);
}

/// The seed of a manifest whose list is its own.
static uint32_t seed_of_sound_manifest(void) {
    mien_manifest *manifest = NULL;
    mien_digests digests = {0};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_manifest_read(path_of("fitted.yaml"), NULL, &manifest, &error) == MIEN_OK,
                  "%s", error.message);
    ck_assert_msg(mien_digests_of(manifest, &digests, &error) == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(digests.count, 3 * A_CLASS / 2);
    const uint32_t seed = manifest->ensemble.fitted.seed;
    mien_digests_free(&digests);
    mien_manifest_free(manifest);
    return seed;
}

START_TEST(a_manifest_has_its_list_whenever_a_fit_is_killed) {
    ck_assert(!fit_and_kill(1, -1));
    ck_assert_uint_eq(seed_of_sound_manifest(), 1);
    ck_assert_uint_eq(count_entries(path_of(".")), 8); // three manifests, two weights, data, both
    int kills = 0, earlier = 0;
    for (; fit_and_kill(2 + kills, kills); kills++) {
        earlier += seed_of_sound_manifest() != (uint32_t)(2 + kills);
        ck_assert(!fit_and_kill(1, -1));
        ck_assert_uint_eq(seed_of_sound_manifest(), 1);
    }
    ck_assert_int_eq(kills, KILLS);
    ck_assert_int_eq(earlier, 2); // before the first manifest
    ck_assert_uint_eq(seed_of_sound_manifest(), (uint32_t)(2 + kills));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("killed while fitting");
    TCase *tests = tcase_create("cases");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_manifest_has_its_list_whenever_a_fit_is_killed);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
