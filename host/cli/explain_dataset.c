// SPDX-License-Identifier: Apache-2.0
#include "host/cli/explain_dataset.h"

#include "host/dataset.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_in(const char *text, const char *ending) {
    size_t length = strlen(text), rest = strlen(ending);
    return length > rest && strcmp(text + length - rest, ending) == 0;
}

/// A file is a picture whatever its name, unless it is called as manifests are; a name alone may be
/// a manifest's.
static bool may_be_manifest(const char *operand) {
    struct stat about;
    if (ends_in(operand, ".yaml") || ends_in(operand, ".yml")) {
        return stat(operand, &about) != 0 || !S_ISDIR(about.st_mode);
    }
    return *operand && !strpbrk(operand, "/*?[") && strcmp(operand, "-") != 0 &&
           stat(operand, &about) != 0;
}

static mien_status add_index(const mien_index *index, mien_paths *paths, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < index->count && status == MIEN_OK; i++) {
        status = mien_paths_add(paths, index->items[i].path, error);
    }
    return status;
}

static mien_status add_dataset(const mien_manifest *manifest, const char *split, mien_paths *paths,
                               mien_error *error) {
    const mien_manifest_texts *texts = &manifest->dataset.classes;
    mien_index index = {0};
    char *folder = NULL;
    if (manifest->kind != MIEN_KIND_DATASET) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: is a manifest of a %s; pictures are files, folders, or a manifest of "
                         "kind dataset",
                         manifest->path, mien_manifest_kind_text(manifest->kind));
    }
    const char **classes = (const char **)calloc(texts->count + 1, sizeof *classes);
    if (!classes) {
        return mien_fail_memory(error, "a list of classes");
    }
    for (size_t i = 0; i < texts->count; i++) {
        classes[i] = texts->items[i].text;
    }
    mien_status status = mien_dataset_folder(manifest, split, &folder, error);
    if (status == MIEN_OK) {
        status = mien_index_read(folder, classes, texts->count, &manifest->dataset.rename, &index,
                                 error);
    }
    if (status == MIEN_OK) {
        status = add_index(&index, paths, error);
    }
    mien_index_free(&index);
    free(folder);
    free((void *)classes);
    return status;
}

mien_status mien_explain_add_pictures(const mien_registry *registry, const char *operand,
                                      const char *split, mien_paths *paths, mien_error *error) {
    mien_manifest *manifest = NULL;
    mien_status status = may_be_manifest(operand)
                             ? mien_registry_manifest(registry, operand, &manifest, error)
                             : MIEN_NOT_FOUND;
    if (status == MIEN_OK) {
        status = add_dataset(manifest, split, paths, error);
    } else if (status == MIEN_NOT_FOUND && split) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--split goes with a data set's manifest; %s is none", operand);
    } else if (status == MIEN_NOT_FOUND) {
        status = mien_paths_add(paths, operand, error);
    }
    mien_manifest_free(manifest);
    return status;
}
