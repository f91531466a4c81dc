// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/tensor_set.h"

#include <stdlib.h>
#include <string.h>

mien_status mien_import_set_add(mien_import_set *set, const char *name, const mien_tensor *tensor,
                                void *owned, mien_error *error) {
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? 2 * set->capacity : 64;
        mien_import_tensor *grown = reallocarray(set->items, capacity, sizeof *grown);
        if (!grown) {
            free(owned);
            return mien_fail_memory(error, "a list of tensors");
        }
        set->items = grown;
        set->capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy) {
        free(owned);
        return mien_fail_memory(error, "a tensor's name");
    }
    set->items[set->count++] = (mien_import_tensor){copy, *tensor, owned};
    return MIEN_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

mien_status mien_import_set_check_names(const mien_import_set *set, mien_error *error) {
    mien_status status = MIEN_OK;
    const char **names = calloc(set->count + 1, sizeof *names);
    if (!names) {
        return mien_fail_memory(error, "a list of names");
    }
    for (size_t i = 0; i < set->count; i++) {
        names[i] = set->items[i].name;
        if (strcmp(names[i], "__metadata__") == 0) {
            status = mien_fail(error, MIEN_BAD_INPUT,
                               "a tensor is named '__metadata__', which safetensors files keep for "
                               "something else; a table can rename it");
        }
    }
    qsort(names, set->count, sizeof *names, compare_names);
    for (size_t i = 1; i < set->count && status == MIEN_OK; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            status = mien_fail(error, MIEN_BAD_INPUT, "tensor '%.200s' is there twice", names[i]);
        }
    }
    free(names);
    return status;
}

void mien_import_set_clear(mien_import_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].name);
        free(set->items[i].owned);
    }
    free(set->items);
    *set = (mien_import_set){0};
}
