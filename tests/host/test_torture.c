// SPDX-License-Identifier: Apache-2.0
// Whatever allocation fails, loading a model succeeds or fails cleanly: a status, a message,
// nothing left behind, and the next attempt works.
#include "host/answerer/internal.h"
#include "host/fit/digests.h"
#include "host/fit/fit.h"
#include "host/golden.h"
#include "mien/image.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/picture.h"
#include "support/torture.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void set_up(void) {
    folder = make_folder();
}

static void tear_down(void) {
    remove_folder(folder);
}

/// One thing to do under torture. What it makes it frees.
typedef mien_status deed(mien_registry *registry, mien_error *error);

static mien_status list_all(mien_registry *registry, mien_error *error) {
    mien_registry_entry *entries = NULL;
    size_t count = 0;
    mien_status status = mien_registry_list(registry, &entries, &count, error);
    mien_registry_entries_free(entries, count);
    return status;
}

static mien_status load_and_run(mien_registry *registry, mien_error *error) {
    static float input[32 * 32 * 3];
    float logits[3];
    mien_model *model = NULL;
    mien_status status = mien_model_load(registry, "m", NULL, &model, error);
    if (status == MIEN_OK) {
        status = mien_model_run(model, input, 1, logits, error);
    }
    mien_model_free(model);
    return status;
}

static mien_status load_and_share_out(mien_registry *registry, mien_error *error) {
    static float input[4 * 16 * 16 * 3];
    float logits[4 * 3];
    const mien_model_options how = {.threads = 3, .by_picture = true};
    mien_model *model = NULL;
    mien_status status = mien_model_load(registry, "m", &how, &model, error);
    if (status == MIEN_OK) {
        status = mien_model_run(model, input, 4, logits, error);
    }
    mien_model_free(model);
    return status;
}

static mien_status check_golden(mien_registry *registry, mien_error *error) {
    mien_answerer *answerer = NULL;
    mien_golden_result result;
    mien_status status = mien_answerer_load(registry, "m", NULL, &answerer, error);
    if (status == MIEN_OK) {
        status = mien_golden_run(answerer, 0, &result, error);
    }
    mien_answerer_free(answerer);
    return status;
}

static mien_status ask_together(mien_registry *registry, mien_error *error) {
    mien_answerer *answerer = NULL;
    mien_batch batch = {0};
    float logits[2 * 3];
    mien_status status = mien_answerer_load(registry, "e", NULL, &answerer, error);
    if (status == MIEN_OK) {
        status = mien_batch_create(answerer, 2, &batch, error);
    }
    if (status == MIEN_OK) {
        status = mien_answerer_run(answerer, mien_batch_inputs(&batch), 2, logits, error);
    }
    mien_batch_clear(&batch);
    mien_answerer_free(answerer);
    return status;
}

/// Members at the same time, in threads of their own, twice: the first run makes what later ones
/// use.
static mien_status ask_abreast(mien_registry *registry, mien_error *error) {
    const mien_model_options how = {.threads = 2};
    mien_answerer *answerer = NULL;
    mien_batch batch = {0};
    float logits[3];
    mien_status status = mien_answerer_load(registry, "e", &how, &answerer, error);
    if (status == MIEN_OK && !answerer->abreast) {
        status = mien_fail(error, MIEN_INTERNAL, "the members are not abreast");
    }
    if (status == MIEN_OK) {
        status = mien_batch_create(answerer, 1, &batch, error);
    }
    for (int run = 0; run < 2 && status == MIEN_OK; run++) {
        status = mien_answerer_run(answerer, mien_batch_inputs(&batch), 1, logits, error);
    }
    mien_batch_clear(&batch);
    mien_answerer_free(answerer);
    return status;
}

enum { FITTED = 12, MEMBERS = 2, CLASSES = 3 };

static mien_status fit_one(const mien_fit_sample *sample, mien_fit_method method,
                           mien_scores *scores, mien_error *error) {
    static const double ones[MEMBERS] = {1, 1};
    const mien_combination from = {
        .members = MEMBERS, .classes = CLASSES, .weights = ones, .temperatures = ones};
    mien_fit fit = {0};
    mien_status status = mien_fit_make(sample, method, &from, 1, &fit, error);
    if (status == MIEN_OK) {
        status = mien_fit_score(sample, &fit.how, scores, error);
    }
    mien_fit_clear(&fit);
    return status;
}

/// By every method, on the pictures outside a fold.
static mien_status fit_numbers(mien_registry *registry, mien_error *error) {
    (void)registry;
    float ballots[FITTED * MEMBERS * CLASSES];
    uint32_t labels[FITTED];
    uint8_t folds[FITTED];
    for (size_t i = 0; i < FITTED * MEMBERS * CLASSES; i++) {
        ballots[i] = (float)(i * 7 % 11) / 5;
    }
    for (uint8_t i = 0; i < FITTED; i++) {
        labels[i] = i % CLASSES;
        folds[i] = i % 2;
    }
    const mien_fit_sample all = {FITTED, MEMBERS, CLASSES, ballots, labels};
    mien_fit_sample part = {0};
    mien_scores *scores = mien_scores_create(CLASSES);
    mien_status status = scores ? mien_fit_part(&all, folds, 1, false, &part, error)
                                : mien_fail_memory(error, "scores");
    for (int method = 0; method < MIEN_FIT_METHODS && status == MIEN_OK; method++) {
        status = fit_one(&part, (mien_fit_method)method, scores, error);
    }
    mien_fit_sample_clear(&part);
    mien_scores_free(scores);
    return status;
}

static mien_status list_pictures(mien_registry *registry, mien_error *error) {
    (void)registry;
    static const char text[] = "0000000000000005\nffffffffffffffff\n";
    mien_image image = {.height = 1, .width = 2, .channels = 1, .pixels = (uint8_t[]){7, 9}};
    uint64_t digests[10] = {0};
    mien_digests made = {0}, read = {0};
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < 10 && status == MIEN_OK; i++) {
        status = mien_picture_digest(&image, &digests[i], error);
    }
    if (status == MIEN_OK) {
        status = mien_digests_make(digests, 10, &made, error);
    }
    if (status == MIEN_OK) {
        status = mien_digests_parse(text, sizeof text - 1, "p", &read, error);
    }
    mien_digests_free(&made);
    mien_digests_free(&read);
    return status;
}

static mien_status write_schema(mien_registry *registry, mien_error *error) {
    (void)registry;
    FILE *const file = fopen("/dev/null", "w");
    if (!file) {
        return mien_fail_memory(error, "a stream");
    }
    mien_status status = mien_schema_write(file, error);
    fclose(file);
    return status;
}

static mien_status attempt(deed *act, mien_error *error) {
    const mien_registry_options options = {
        .manifest_path = folder, .plugin_path = getenv("TORTURE_PLUGINS"), .only_given = true};
    mien_registry *registry = NULL;
    mien_status status = mien_registry_create(&options, &registry, error);
    if (status == MIEN_OK) {
        status = act(registry, error);
    }
    mien_registry_free(registry);
    return status;
}

/// glibc's dynamic loader, when it cannot allocate, often says only that it cannot open a file, and
/// sometimes crashes, which the trial run catches. It is the one library excused from saying why.
static bool loader_lost_it(const mien_error *error) {
    return strstr(error->message, "the dynamic loader refuses it") ||
           strstr(error->message, "needs the library") || strstr(error->message, "needs libmien") ||
           strstr(error->message, "crashed (");
}

static size_t open_descriptors(void) {
    DIR *const listing = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(listing);
    size_t count = 0;
    while (readdir(listing)) {
        count++;
    }
    closedir(listing);
    return count;
}

/// Fails allocation `nth` and writes how many blocks stay; false once there are fewer.
static bool attempt_with_failure(deed *act, size_t nth, torture_mode mode, long *stay) {
    mien_error error = MIEN_ERROR_INIT;
    const size_t descriptors = open_descriptors(), before = torture_live_blocks();
    torture_begin(nth, mode);
    const mien_status status = attempt(act, &error);
    const bool failed = torture_end();
    *stay = (long)(torture_live_blocks() - before);
    ck_assert_msg(open_descriptors() == descriptors, "allocation %zu: a descriptor leaks", nth);
    // A failure may also be lived with, where what it was for can be done without.
    ck_assert_msg(status == MIEN_OK || failed, "without a failed allocation: %s", error.message);
    ck_assert_msg(status == MIEN_OK || error.message[0] != '\0', "allocation %zu: no message", nth);
    ck_assert_msg(status == MIEN_OK || status == MIEN_OUT_OF_MEMORY || loader_lost_it(&error),
                  "allocation %zu: status %d: %s", nth, status, error.message);
    return failed;
}

/// A leak grows every time. Libraries keep some things for good from their first failures on:
/// OpenSSL its last sixteen errors.
static bool fails_cleanly(deed *act, size_t nth, torture_mode mode) {
    long stay = 1;
    bool failed = false;
    for (int repetition = 0; repetition < 18 && stay != 0; repetition++) {
        failed = attempt_with_failure(act, nth, mode, &stay);
    }
    ck_assert_msg(stay == 0, "allocation %zu: %ld blocks leak", nth, stay);
    return failed;
}

static void torture(deed *act) {
    mien_error error = MIEN_ERROR_INIT;
    char *plugins = getenv("MIEN_BUILD");
    char path[8192];
    ck_assert_ptr_nonnull(plugins);
    snprintf(path, sizeof path, "%s/lib/mien/broken:%s/lib/mien/plugins", plugins, plugins);
    setenv("TORTURE_PLUGINS", path, 1);
    // What libraries keep for good, they make now.
    for (int i = 0; i < 2; i++) {
        ck_assert_msg(attempt(act, &error) == MIEN_OK, "%s", error.message);
    }
    for (torture_mode mode = TORTURE_ONCE; mode <= TORTURE_ONWARDS; mode++) {
        size_t nth = 1;
        // Threads that share work may leave less of it to this one, whose allocations fail.
        for (int spared = 0; spared < 3; nth++) {
            spared = fails_cleanly(act, nth, mode) ? 0 : spared + 1;
        }
        ck_assert_uint_gt(nth, 10);
        ck_assert_msg(attempt(act, &error) == MIEN_OK, "afterwards: %s", error.message);
    }
}

START_TEST(listing_manifests) {
    write_manifest(folder, "m", "by-itself", "config: {gain: 2}\n");
    write_manifest(folder, "n", "no-plugin", "golden: [{image: a, logits: [1, 2, 3]}]\n");
    torture(list_all);
}
END_TEST

START_TEST(a_model_by_itself) {
    write_manifest(folder, "m", "by-itself", "config: {gain: 2}\n");
    torture(load_and_run);
}
END_TEST

START_TEST(a_small_graph) {
    write_model(folder, "m", "sound", "");
    torture(load_and_run);
}
END_TEST

START_TEST(a_convolutional_graph) {
    write_model(folder, "m", "cnn-baseline",
                "input: {height: 16, width: 16}\nconfig: {filters: [4, 8], dense: [8]}\n");
    torture(load_and_run);
}
END_TEST

START_TEST(a_graph_by_picture) {
    write_model(folder, "m", "cnn-baseline",
                "input: {height: 16, width: 16}\nconfig: {filters: [4, 8], dense: [8]}\n");
    torture(load_and_share_out);
}
END_TEST

START_TEST(an_ensemble) {
    static const char text[] = "schema: 1\nkind: ensemble\nname: e\n"
                               "members: [{model: m}, {model: o, weight: 2}]\n";
    write_model(folder, "m", "sound", "");
    write_model(folder, "o", "sound", "input: {height: 9, width: 9}\n");
    write_file(folder, "e.yaml", text, sizeof text - 1);
    torture(ask_together);
}
END_TEST

START_TEST(an_ensemble_abreast) {
    static const char text[] = "schema: 1\nkind: ensemble\nname: e\n"
                               "members: [{model: m}, {model: o, weight: 2}]\n";
    write_model(folder, "m", "sound", "");
    write_model(folder, "o", "sound", "");
    write_file(folder, "e.yaml", text, sizeof text - 1);
    torture(ask_abreast);
}
END_TEST

START_TEST(fitted_numbers) {
    torture(fit_numbers);
}
END_TEST

START_TEST(pictures_that_were_fitted_to) {
    torture(list_pictures);
}
END_TEST

START_TEST(a_transformer_graph) {
    write_model(folder, "m", "vit",
                "input: {height: 32, width: 32}\n"
                "config: {patch: 16, width: 16, depth: 1, heads: 2}\n");
    torture(load_and_run);
}
END_TEST

START_TEST(golden_samples) {
    char path[4096];
    mien_image image = picture_noise(20, 16, 3);
    snprintf(path, sizeof path, "%s/picture.png", folder);
    ck_assert_int_eq(mien_image_write_png(&image, path, NULL), MIEN_OK);
    mien_image_free(&image);
    write_model(folder, "m", "sound",
                "golden: [{image: picture.png, crop: [1, 1, 9, 9], logits: [1, 2, 3]}]\n");
    torture(check_golden);
}
END_TEST

START_TEST(the_json_schema) {
    torture(write_schema);
}
END_TEST

static Suite *suite(void) {
    Suite *const tortured = suite_create("torture");
    TCase *const loading = tcase_create("loading");
    tcase_add_checked_fixture(loading, set_up, tear_down);
    tcase_set_timeout(loading, 500);
    tcase_add_test(loading, listing_manifests);
    tcase_add_test(loading, a_model_by_itself);
    tcase_add_test(loading, a_small_graph);
    tcase_add_test(loading, a_convolutional_graph);
    tcase_add_test(loading, a_graph_by_picture);
    tcase_add_test(loading, an_ensemble);
    tcase_add_test(loading, an_ensemble_abreast);
    tcase_add_test(loading, fitted_numbers);
    tcase_add_test(loading, pictures_that_were_fitted_to);
    tcase_add_test(loading, a_transformer_graph);
    tcase_add_test(loading, golden_samples);
    tcase_add_test(loading, the_json_schema);
    suite_add_tcase(tortured, loading);
    return tortured;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
