// SPDX-License-Identifier: Apache-2.0
// A run is killed before each rename and each removal it makes: the manifest it leaves, if there is
// one by then, always loads, and a run that goes on ends as one that nobody disturbed.
#include "host/model.h"
#include "support/folder.h"
#include "support/killing.h"
#include "support/models.h"
#include "support/picture.h"
#include "tools/train/core/loop/trainer.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { A_CLASS = 8, FEWEST_KILLS = 12, MOST_KILLS = 100 };

static const char recipe[] = "schema: 1\n"
                             "kind: recipe\n"
                             "name: tiny\n"
                             "model:\n"
                             "  plugin: cnn-baseline\n"
                             "  classes: [dark, light]\n"
                             "  input: {height: 8, width: 8, mean: [0.5], std: [0.5]}\n"
                             "  config: {filters: [4], dense: [4]}\n"
                             "data: {dataset: data, validation: 0.25}\n"
                             "optimizer: {rule: adamw, rate: 0.01}\n"
                             "train: {epochs: 2, batch: 4, threads: 1, precision: f32}\n";

static char *folder;

static char *path_of(const char *name) {
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
    return path;
}

/// The network learns at once, so that the second epoch is better than the first.
static void write_pictures(void) {
    for (uint32_t i = 0; i < 2 * A_CLASS; i++) {
        const bool light = i % 2;
        char name[64];
        mien_image image = picture_noise(8 + i % 5, 8, 1);
        mien_error error = MIEN_ERROR_INIT;
        for (size_t k = 0; k < (size_t)image.width * image.height; k++) {
            image.pixels[k] = (uint8_t)(image.pixels[k] / 2 + (light ? 127 : 0));
        }
        snprintf(name, sizeof name, "data/%s/%02u.png", light ? "light" : "dark", i);
        write_file(folder, name, "", 0); // makes the folders
        char *path = path_of(name);
        ck_assert_msg(mien_image_write_png(&image, path, &error) == MIEN_OK, "%s", error.message);
        free(path);
        mien_image_free(&image);
    }
}

static mien_status train(const char *output, bool resume, mien_error *error) {
    mien_registry *registry = make_registry(folder);
    mien_manifest *manifest = NULL;
    mien_declaration declaration = {0};
    mien_trainer *trainer = NULL;
    char *path = path_of("tiny-recipe.yaml");
    mien_status status = mien_manifest_read(path, NULL, &manifest, error);
    if (status == MIEN_OK) {
        status = mien_model_declare_manifest(registry, manifest, NULL, &declaration, error);
    }
    const mien_trainer_options options = {
        .registry = registry, .output = output, .resume = resume, .json = true};
    if (status == MIEN_OK) {
        status = mien_trainer_create(&declaration, &options, &trainer, error);
    }
    if (status == MIEN_OK) {
        status = mien_trainer_run(trainer, error);
    }
    mien_trainer_free(trainer);
    mien_declaration_free(&declaration);
    mien_registry_free(registry);
    free(path);
    return status;
}

typedef struct {
    const char *output;
    bool resume;
} lesson;

static mien_status train_lesson(const void *context, mien_error *error) {
    const lesson *const what = context;
    return train(what->output, what->resume, error);
}

static bool train_and_kill(const char *output, bool resume, int kill_at) {
    return run_and_kill(train_lesson, &(lesson){output, resume}, kill_at);
}

/// Whether there is a model, which then must load: its digest is that of its weights.
static bool loads(const char *output, int kill_at) {
    char *path = NULL;
    mien_model *model = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_gt(asprintf(&path, "%s/tiny.yaml", output), 0);
    const bool there = access(path, F_OK) == 0;
    mien_registry *registry = make_registry(folder);
    if (there) {
        ck_assert_msg(mien_model_load(registry, path, NULL, &model, &error) == MIEN_OK,
                      "killed at %d: %s", kill_at, error.message);
    }
    mien_model_free(model);
    mien_registry_free(registry);
    free(path);
    return there;
}

static void digest_of(const char *output, const char *name, char digest[MIEN_SHA256_HEX]) {
    char *path = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_gt(asprintf(&path, "%s/%s", output, name), 0);
    ck_assert_msg(mien_sha256_file(path, digest, &error) == MIEN_OK, "%s", error.message);
    free(path);
}

/// What was written under another name is gone in the end.
static void check_tidy(const char *output) {
    static const char *const patterns[] = {"*.part", "*.new.*"};
    for (size_t i = 0; i < 2; i++) {
        char *pattern = NULL;
        glob_t found;
        ck_assert_int_gt(asprintf(&pattern, "%s/%s", output, patterns[i]), 0);
        const int status = glob(pattern, 0, NULL, &found);
        ck_assert_msg(status == GLOB_NOMATCH, "left behind: %s",
                      status == 0 ? found.gl_pathv[0] : pattern);
        free(pattern);
    }
}

static void check_equal(const char *output, const char *whole, const char *name) {
    char ours[MIEN_SHA256_HEX], theirs[MIEN_SHA256_HEX];
    digest_of(output, name, ours);
    digest_of(whole, name, theirs);
    ck_assert_str_eq(ours, theirs);
}

START_TEST(a_model_loads_whenever_a_run_is_killed) {
    char *const whole = path_of("whole");
    ck_assert(!train_and_kill(whole, false, -1));
    ck_assert(loads(whole, -1));
    int kills = 0, models = 0;
    for (bool killed = true; killed; kills++) {
        char name[32];
        snprintf(name, sizeof name, "killed-%d", kills);
        char *const output = path_of(name);
        killed = train_and_kill(output, false, kills);
        models += loads(output, kills);
        if (killed) {
            char *checkpoint = NULL;
            ck_assert_int_gt(asprintf(&checkpoint, "%s/last.checkpoint", output), 0);
            ck_assert(!train_and_kill(output, access(checkpoint, F_OK) == 0, -1));
            free(checkpoint);
        }
        check_equal(output, whole, "tiny.safetensors");
        check_equal(output, whole, "tiny.yaml");
        check_tidy(output);
        free(output);
        ck_assert_int_lt(kills, MOST_KILLS);
    }
    ck_assert_int_ge(kills, FEWEST_KILLS);
    ck_assert_int_gt(models, kills / 2); // or nothing was tried
    free(whole);
}
END_TEST

static void set_up(void) {
    folder = make_folder();
    write_file(folder, "tiny-recipe.yaml", recipe, sizeof recipe - 1);
    write_pictures();
}

static void tear_down(void) {
    remove_folder(folder);
}

int main(void) {
    Suite *suite = suite_create("killed while writing");
    TCase *tests = tcase_create("cases");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_model_loads_whenever_a_run_is_killed);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
