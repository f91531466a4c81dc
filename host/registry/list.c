// SPDX-License-Identifier: Apache-2.0
#include "host/registry/internal.h"

#include <stdlib.h>
#include <string.h>

struct list {
    mien_registry_entry *entries;
    size_t count;
};

static bool has(const struct list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entries[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/// Reads one manifest into an entry; a broken one is an entry too, running out of memory is not.
static mien_status fill(const mien_registry *registry, const char *name, mien_registry_entry *entry,
                        mien_error *error) {
    mien_error own = MIEN_ERROR_INIT;
    // Found through the search path, so that the entry is the one that counts.
    mien_status status = mien_registry_find_manifest(registry, name, &entry->path, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (!entry->path) {
        entry->path = strdup(name); // gone since the folder was read; told as the problem
    }
    entry->name = strdup(name);
    if (!entry->name || !entry->path) {
        return mien_fail_memory(error, "the list of manifests");
    }
    entry->status =
        mien_registry_read_manifest(registry, entry->path, name, &entry->manifest, &own);
    if (entry->status == MIEN_OUT_OF_MEMORY) {
        return mien_fail(error, MIEN_OUT_OF_MEMORY, "%s", own.message);
    }
    entry->problem = entry->manifest ? NULL : strdup(own.message);
    return entry->manifest || entry->problem ? MIEN_OK
                                             : mien_fail_memory(error, "the list of manifests");
}

static mien_status add_folder(const mien_registry *registry, const char *folder, struct list *list,
                              mien_error *error) {
    char **stems;
    size_t count;
    mien_status status = mien_folder_stems(folder, ".yaml", &stems, &count, error);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        if (has(list, stems[i])) {
            continue;
        }
        mien_registry_entry *const more = realloc(list->entries, (list->count + 1) * sizeof *more);
        if (!more) {
            status = mien_fail_memory(error, "the list of manifests");
            break;
        }
        list->entries = more;
        more[list->count] = (mien_registry_entry){0};
        status = fill(registry, stems[i], &more[list->count++], error);
    }
    mien_folder_stems_free(stems, count);
    return status;
}

static int compare(const void *a, const void *b) {
    return strcmp(((const mien_registry_entry *)a)->name, ((const mien_registry_entry *)b)->name);
}

mien_status mien_registry_list(const mien_registry *registry, mien_registry_entry **entries,
                               size_t *count, mien_error *error) {
    struct list list = {0};
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < registry->manifests.count && status == MIEN_OK; i++) {
        status = add_folder(registry, registry->manifests.folders[i], &list, error);
    }
    if (status != MIEN_OK) {
        mien_registry_entries_free(list.entries, list.count);
        return status;
    }
    if (list.count > 1) {
        qsort(list.entries, list.count, sizeof *list.entries, compare);
    }
    *entries = list.entries;
    *count = list.count;
    return MIEN_OK;
}

void mien_registry_entries_free(mien_registry_entry *entries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(entries[i].name);
        free(entries[i].path);
        free(entries[i].problem);
        mien_manifest_free(entries[i].manifest);
    }
    free(entries);
}
