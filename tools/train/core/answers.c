// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/answers.h"

#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// Goes into every key: changed when the answers themselves would come out otherwise.
static const char version[] = "mien teacher 1";

static bool hash_text(EVP_MD_CTX *hash, const char *text) {
    return EVP_DigestUpdate(hash, text, strlen(text) + 1) == 1; // with its end, so that none run on
}

static bool hash_examples(EVP_MD_CTX *hash, const mien_dataset *dataset) {
    bool sound = true;
    for (size_t i = 0; i < mien_dataset_count(dataset) && sound; i++) {
        const mien_example *example = mien_dataset_at(dataset, i);
        const uint32_t size[] = {example->height, example->width, example->channels};
        const size_t bytes = (size_t)size[0] * size[1] * size[2];
        sound = EVP_DigestUpdate(hash, size, sizeof size) == 1 &&
                EVP_DigestUpdate(hash, example->pixels, bytes) == 1;
    }
    return sound;
}

static bool finish(EVP_MD_CTX *hash, char key[MIEN_SHA256_HEX]) {
    uint8_t raw[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_DigestFinal_ex(hash, raw, &length) != 1 || 2 * length + 1 != MIEN_SHA256_HEX) {
        return false;
    }
    for (unsigned int i = 0; i < length; i++) {
        snprintf(key + 2 * i, 3, "%02x", raw[i]);
    }
    return true;
}

static mien_status hash_manifest(EVP_MD_CTX *hash, const mien_manifest *manifest,
                                 mien_error *error) {
    char *text = NULL;
    mien_status status = mien_manifest_describe_text(manifest, &text, error);
    if (status == MIEN_OK && !hash_text(hash, text)) {
        status = mien_fail_memory(error, "a SHA-256");
    }
    free(text);
    return status;
}

/// The manifest holds the digest of the weights.
static mien_status hash_model(EVP_MD_CTX *hash, const mien_model *model, mien_error *error) {
    const mien_plugin *plugin = mien_model_plugin(model);
    if (!hash_text(hash, plugin->id) || !hash_text(hash, plugin->version)) {
        return mien_fail_memory(error, "a SHA-256");
    }
    return hash_manifest(hash, mien_model_manifest_of(model), error);
}

static bool hash_numbers(EVP_MD_CTX *hash, const mien_manifest_numbers *numbers) {
    return numbers->count == 0 ||
           EVP_DigestUpdate(hash, numbers->items, numbers->count * sizeof *numbers->items) == 1;
}

/// The manifest's text rounds its numbers, so these are hashed to the last bit as well.
static mien_status hash_ensemble(EVP_MD_CTX *hash, const mien_manifest *manifest,
                                 mien_error *error) {
    const mien_ensemble_manifest *ensemble = &manifest->ensemble;
    mien_status status = hash_manifest(hash, manifest, error);
    bool sound = hash_numbers(hash, &ensemble->intercept);
    for (size_t i = 0; i < ensemble->member_count && sound; i++) {
        const mien_ensemble_member *member = &ensemble->members[i];
        const double numbers[] = {member->weight, member->temperature};
        sound = EVP_DigestUpdate(hash, numbers, sizeof numbers) == 1 &&
                hash_numbers(hash, &member->coefficients);
    }
    return status == MIEN_OK && !sound ? mien_fail_memory(error, "a SHA-256") : status;
}

static mien_status hash_teacher(EVP_MD_CTX *hash, const mien_answerer *teacher, mien_error *error) {
    const mien_manifest *manifest = mien_answerer_manifest(teacher);
    mien_status status = MIEN_OK;
    if (manifest->kind == MIEN_KIND_ENSEMBLE) {
        status = hash_ensemble(hash, manifest, error);
    }
    for (size_t i = 0; i < mien_answerer_members(teacher) && status == MIEN_OK; i++) {
        status = hash_model(hash, mien_answerer_member(teacher, i), error);
    }
    return status;
}

mien_status mien_answers_key(const mien_answerer *teacher, const mien_dataset *dataset,
                             char key[MIEN_SHA256_HEX], mien_error *error) {
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    mien_status status = MIEN_OK;
    if (!hash || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1 || !hash_text(hash, version)) {
        status = mien_fail_memory(error, "a SHA-256");
    }
    status = status == MIEN_OK ? hash_teacher(hash, teacher, error) : status;
    if (status == MIEN_OK && (!hash_examples(hash, dataset) || !finish(hash, key))) {
        status = mien_fail_memory(error, "a SHA-256");
    }
    EVP_MD_CTX_free(hash);
    return status;
}

char *mien_answers_path(const char *folder, const char *key) {
    char *path = NULL;
    return asprintf(&path, "%s/teacher-%.16s.safetensors", folder, key) < 0 ? NULL : path;
}

static mien_status check(const char *path, const mien_tensor *tensor, const mien_answers *expected,
                         mien_error *error) {
    const mien_shape shape = {.rank = 2, .dim = {expected->pictures, expected->classes}};
    if (!tensor || tensor->dtype != MIEN_F32 || !mien_shape_equal(&tensor->shape, &shape)) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_BAD_INPUT, "%s: there is no f32 tensor 'logits' of shape %s",
                         path, mien_shape_format(&shape, text));
    }
    const float *logits = tensor->data;
    for (size_t i = 0; i < expected->pictures * expected->classes; i++) {
        if (!isfinite(logits[i])) {
            return mien_fail(error, MIEN_BAD_INPUT, "%s: logit %zu is %g", path, i,
                             (double)logits[i]);
        }
    }
    return MIEN_OK;
}

static mien_status copy_answers(const mien_weights *file, const char *path, const char *key,
                                mien_answers *answers, mien_error *error) {
    const char *theirs = mien_weights_metadata(file, "key");
    if (!theirs || strcmp(theirs, key) != 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: it belongs to another teacher or data", path);
    }
    const mien_tensor *tensor = mien_weights_find(file, "logits");
    mien_status status = check(path, tensor, answers, error);
    if (status != MIEN_OK) {
        return status;
    }
    float *logits = malloc(tensor->bytes);
    if (!logits) {
        return mien_fail_memory(error, "a teacher's answers");
    }
    answers->logits = memcpy(logits, tensor->data, tensor->bytes);
    return MIEN_OK;
}

mien_status mien_answers_read(const char *path, const char *key, mien_answers *answers,
                              mien_error *error) {
    mien_weights *file = NULL;
    mien_status status = mien_weights_open(path, NULL, &file, error);
    if (status == MIEN_OK) {
        status = copy_answers(file, path, key, answers, error);
    }
    mien_weights_close(file);
    return status;
}

static mien_status make_folder_of(const char *path, mien_error *error) {
    char *folder = strndup(path, (size_t)(strrchr(path, '/') - path));
    if (!folder) {
        return mien_fail_memory(error, "a path");
    }
    mien_status status = MIEN_OK;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        status =
            mien_fail(error, MIEN_IO, "cannot make the folder '%s': %s", folder, strerror(errno));
    }
    free(folder);
    return status;
}

mien_status mien_answers_write(const char *path, const char *key, const mien_answers *answers,
                               mien_error *error) {
    const mien_shape shape = {.rank = 2, .dim = {answers->pictures, answers->classes}};
    const size_t bytes = answers->pictures * answers->classes * sizeof *answers->logits;
    const mien_named_tensor tensor = {"logits", {MIEN_F32, shape, answers->logits, bytes}};
    const char *const metadata[] = {"key", key, NULL};
    mien_status status = make_folder_of(path, error);
    return status == MIEN_OK ? mien_weights_write(path, &tensor, 1, metadata, error) : status;
}
