// SPDX-License-Identifier: Apache-2.0
// Any bytes as an import table, applied to a few tensors whose names the seeds know.
#include "tools/import/core/apply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "t.yaml:";

static const float numbers[24] = {1, -2, 3.5f};

static void add(mien_import_set *set, const char *name, mien_shape shape) {
    const mien_tensor tensor = {.dtype = MIEN_F32, .shape = shape, .data = numbers, .bytes = 96};
    if (mien_import_set_add(set, name, &tensor, NULL, NULL) != MIEN_OK) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_import_set source = {0}, result = {0};
    mien_table table = {0};
    mien_error error = MIEN_ERROR_INIT;
    add(&source, "a/conv/filters", (mien_shape){4, {1, 2, 3, 4}});
    add(&source, "a/conv/bias", (mien_shape){1, {24}});
    add(&source, "b/c/d/scale", (mien_shape){2, {4, 6}});
    mien_status status = mien_table_parse(bytes, size, "t.yaml", &table, &error);
    if (status != MIEN_OK && strncmp(error.message, prefix, sizeof prefix - 1) != 0) {
        abort(); // a failure must say where
    }
    if (status == MIEN_OK) {
        status = mien_import_apply(&table, &source, &result, &error);
    }
    if (status != MIEN_OK && (error.status != MIEN_BAD_INPUT || !error.message[0])) {
        abort();
    }
    for (size_t i = 0; i < result.count; i++) {
        if (result.items[i].tensor.bytes != 96 || !result.items[i].name[0]) {
            abort(); // every rule keeps the number of elements
        }
    }
    mien_import_set_clear(&result);
    mien_import_set_clear(&source);
    mien_table_clear(&table);
    return 0;
}
