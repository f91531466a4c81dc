// SPDX-License-Identifier: Apache-2.0
#include "host/cli/sweep_digest.h"

#include "host/cli/evaluation_run.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"
#include "host/sha256.h"

#include <stdlib.h>
#include <string.h>

static mien_status digest_stream(FILE *file, char **text, const size_t *size,
                                 char digest[MIEN_SHA256_HEX], mien_error *error) {
    bool good = file && !ferror(file);
    if (file && fclose(file) != 0) {
        good = false;
    }
    mien_status status =
        good ? mien_sha256_bytes(*text, *size, digest, error) : mien_fail_memory(error, "a digest");
    free(*text);
    return status;
}

// --- Models --------------------------------------------------------------------------------------

/// A plugin that was built anew may answer otherwise, whatever version it says it is.
static void write_plugin(const mien_registry *registry, const char *name, FILE *file) {
    char digest[MIEN_SHA256_HEX], *path = NULL;
    mien_error problem = MIEN_ERROR_INIT;
    mien_status status = mien_registry_find_plugin(registry, name, &path, &problem);
    if (status == MIEN_OK) {
        status = mien_sha256_file(path, digest, &problem);
    }
    free(path);
    if (status == MIEN_OK) {
        fprintf(file, "plugin %s\n", digest);
    } else {
        fprintf(file, "unreadable plugin %d\n", (int)status);
    }
}

/// Takes the manifest, NULL where it cannot be read: its row says so, and here its status stands
/// for it.
static void write_model(const mien_registry *registry, mien_manifest *manifest, mien_status status,
                        FILE *file) {
    if (status == MIEN_OK) {
        status = mien_manifest_describe(manifest, file, NULL);
    }
    if (status != MIEN_OK) {
        fprintf(file, "unreadable %d\n", (int)status);
    } else if (manifest->kind == MIEN_KIND_MODEL) {
        write_plugin(registry, manifest->model.plugin.text, file);
    } else if (manifest->kind == MIEN_KIND_ENSEMBLE) {
        for (size_t i = 0; i < manifest->ensemble.member_count; i++) {
            mien_manifest *member = NULL;
            status = mien_registry_member(registry, manifest, i, &member, NULL);
            write_model(registry, member, status, file); // a member is a model, and has none
        }
    }
    mien_manifest_free(manifest);
}

mien_status mien_sweep_digest_model(const mien_sweep *sweep, const char *name,
                                    char digest[MIEN_SHA256_HEX], mien_error *error) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file) {
        mien_manifest *manifest = NULL;
        const mien_status status = mien_registry_manifest(sweep->registry, name, &manifest, NULL);
        write_model(sweep->registry, manifest, status, file);
    }
    return digest_stream(file, &text, &size, digest, error);
}

// --- Data sets -----------------------------------------------------------------------------------

static mien_status write_pictures(const mien_index *index, const char *const *classes, FILE *file,
                                  mien_error *error) {
    mien_status status = MIEN_OK;
    mien_progress progress;
    mien_progress_start(&progress, index->count);
    for (size_t i = 0; i < index->count && status == MIEN_OK; i++) {
        char digest[MIEN_SHA256_HEX];
        const mien_labelled *const picture = &index->items[i];
        status = mien_sha256_file(picture->path, digest, error);
        if (status == MIEN_IO || status == MIEN_BAD_INPUT) { // its cells' rows will count it
            snprintf(digest, sizeof digest, "unreadable");
            status = MIEN_OK;
        }
        fprintf(file, "%s\t%s\t%s\n", classes[picture->label], picture->name, digest);
        if (status == MIEN_OK && mien_interrupted()) {
            status = mien_fail(error, MIEN_CANCELLED, "interrupted");
        }
        mien_progress_update(&progress, i + 1);
    }
    mien_progress_clear(&progress);
    return status;
}

static mien_status given_classes(const mien_manifest_texts *classes, const char ***list,
                                 mien_error *error) {
    *list = (const char **)calloc(classes->count + 1, sizeof **list);
    for (size_t i = 0; *list && i < classes->count; i++) {
        (*list)[i] = classes->items[i].text;
    }
    return *list ? MIEN_OK : mien_fail_memory(error, "a list of classes");
}

mien_status mien_sweep_digest_dataset(const mien_sweep *sweep, const char *name,
                                      char digest[MIEN_SHA256_HEX], mien_error *error) {
    const mien_sweep_manifest *said = &sweep->manifest->sweep;
    const mien_evaluation_options how = {.split = said->split.text, .batch = 1};
    mien_evaluation found = mien_evaluation_begin("sweep", name, &how);
    char *text = NULL;
    size_t size = 0;
    const char **given = NULL;
    mien_status status = mien_evaluation_find(&found, sweep->registry, error);
    if (status == MIEN_OK) {
        status = given_classes(&said->classes, &given, error);
    }
    const size_t count = said->classes.count ? said->classes.count : found.known_count;
    const char *const *classes = said->classes.count ? given : found.known;
    if (status == MIEN_OK) {
        status = mien_index_read(found.folder, classes, count,
                                 found.manifest ? &found.manifest->dataset.rename : NULL,
                                 &found.index, error);
    }
    if (status == MIEN_OK) {
        FILE *file = open_memstream(&text, &size);
        status = file ? write_pictures(&found.index, classes, file, error) : MIEN_OK;
        const mien_status ended = digest_stream(file, &text, &size, digest, error);
        status = status == MIEN_OK ? ended : status;
    }
    free((void *)given);
    mien_evaluation_clear(&found);
    return status;
}
