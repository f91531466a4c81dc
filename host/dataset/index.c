// SPDX-License-Identifier: Apache-2.0
// Which pictures there are.
#include "host/dataset.h"
#include "zoo/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// What one listing works on.
struct listing {
    const char *folder;
    size_t folder_length; // without slashes at its end
    const mien_manifest_pairs *rename;
    mien_paths subfolders;
    mien_index index;
};

void mien_index_free(mien_index *index) {
    free(index->items);
    mien_paths_free(&index->paths);
    *index = (mien_index){0};
}

static const char *class_of_folder(const struct listing *listing, const char *name) {
    for (size_t i = 0; listing->rename && i < listing->rename->count; i++) {
        if (strcmp(listing->rename->items[i].key.text, name) == 0) {
            return listing->rename->items[i].value.text;
        }
    }
    return name;
}

static mien_status no_folder(const struct listing *listing, const char *class_name,
                             mien_error *error) {
    mien_nearest nearest = {.word = class_name};
    for (size_t i = 0; i < listing->subfolders.count; i++) {
        mien_nearest_offer(&nearest, listing->subfolders.items[i]);
    }
    if (nearest.best) {
        return mien_fail(error, MIEN_NOT_FOUND,
                         "%s: there is no folder of class \"%.64s\"; did you mean \"%.64s\"?",
                         listing->folder, class_name, nearest.best);
    }
    return mien_fail(error, MIEN_NOT_FOUND,
                     "%s: there is no folder of class \"%.64s\"; each class needs a folder of its "
                     "pictures",
                     listing->folder, class_name);
}

static mien_status add_folder(struct listing *listing, const char *name, mien_error *error) {
    char *path = NULL;
    if (asprintf(&path, "%.*s/%s", (int)listing->folder_length, listing->folder, name) < 0) {
        return mien_fail_memory(error, "a path");
    }
    mien_status status = mien_paths_add(&listing->index.paths, path, error);
    if (status == MIEN_NOT_FOUND) { // no wrong name, but bad data
        status =
            mien_fail(error, MIEN_BAD_INPUT,
                      "%s: there is no .jpg, .jpeg or .png file in this folder of a class", path);
    }
    free(path);
    return status;
}

static mien_status add_labels(mien_index *index, uint32_t label, mien_error *error) {
    if (index->paths.count == index->count) {
        return MIEN_OK;
    }
    mien_labelled *items = reallocarray(index->items, index->paths.count, sizeof *items);
    if (!items) {
        return mien_fail_memory(error, "a list of pictures");
    }
    index->items = items;
    for (; index->count < index->paths.count; index->count++) {
        items[index->count] = (mien_labelled){.label = label};
    }
    return MIEN_OK;
}

static mien_status add_class(struct listing *listing, const char *class_name, uint32_t label,
                             mien_error *error) {
    size_t folders = 0;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < listing->subfolders.count && status == MIEN_OK; i++) {
        const char *name = listing->subfolders.items[i];
        if (strcmp(class_of_folder(listing, name), class_name) == 0) {
            status = add_folder(listing, name, error);
            folders++;
        }
    }
    if (status == MIEN_OK && folders == 0) {
        status = no_folder(listing, class_name, error);
    }
    return status == MIEN_OK ? add_labels(&listing->index, label, error) : status;
}

mien_status mien_index_read(const char *folder, const char *const *classes, size_t class_count,
                            const mien_manifest_pairs *rename, mien_index *index,
                            mien_error *error) {
    struct listing listing = {.folder = folder, .rename = rename};
    listing.folder_length = strlen(folder);
    while (listing.folder_length > 1 && folder[listing.folder_length - 1] == '/') {
        listing.folder_length--;
    }
    mien_status status = mien_paths_add_subfolders(&listing.subfolders, folder, error);
    for (size_t i = 0; i < class_count && status == MIEN_OK; i++) {
        status = add_class(&listing, classes[i], (uint32_t)i, error);
    }
    mien_paths_free(&listing.subfolders);
    if (status != MIEN_OK) {
        mien_index_free(&listing.index);
        return status;
    }
    for (size_t i = 0; i < listing.index.count; i++) {
        listing.index.items[i].path = listing.index.paths.items[i];
        listing.index.items[i].name = listing.index.items[i].path + listing.folder_length + 1;
    }
    *index = listing.index;
    return MIEN_OK;
}

/// The split that is meant; NULL with MIEN_OK: the root itself.
static mien_status find_split(const mien_manifest *manifest, const char *split,
                              const mien_manifest_pair **found, mien_error *error) {
    const mien_manifest_pairs *splits = &manifest->dataset.splits;
    *found = NULL;
    if (splits->count == 0 && !split) {
        return MIEN_OK;
    }
    if (splits->count == 1 && !split) {
        *found = splits->items;
        return MIEN_OK;
    }
    mien_nearest nearest = {.word = split ? split : ""};
    char names[512] = "";
    for (size_t i = 0, used = 0; i < splits->count; i++) {
        const char *name = splits->items[i].key.text;
        if (split && strcmp(name, split) == 0) {
            *found = &splits->items[i];
            return MIEN_OK;
        }
        mien_nearest_offer(&nearest, name);
        if (used < sizeof names) {
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s%.64s", i ? ", " : "", name);
        }
    }
    if (splits->count == 0) {
        return mien_fail(error, MIEN_NOT_FOUND, "%s: there is no split \"%.64s\"; it has none",
                         manifest->path, split);
    }
    return split ? mien_fail(error, MIEN_NOT_FOUND,
                             "%s: there is no split \"%.64s\"; its splits are: %s", manifest->path,
                             split, names)
                 : mien_fail(error, MIEN_NOT_FOUND, "%s: say which split is meant: %s",
                             manifest->path, names);
}

mien_status mien_dataset_folder(const mien_manifest *dataset, const char *split, char **folder,
                                mien_error *error) {
    const mien_manifest_pair *found;
    mien_status status = find_split(dataset, split, &found, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_manifest_text path = dataset->dataset.root;
    char *joined = NULL;
    if (found) {
        if (asprintf(&joined, "%s/%s", path.text, found->value.text) < 0) {
            return mien_fail_memory(error, "a path");
        }
        path = (mien_manifest_text){joined, found->value.at};
    }
    status = mien_manifest_resolve(dataset, path, folder, error);
    free(joined);
    return status;
}
