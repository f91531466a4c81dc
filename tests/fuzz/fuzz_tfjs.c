// SPDX-License-Identifier: Apache-2.0
// Any bytes as a TensorFlow.js model: JSON up to the first NUL, then what its shards hold, each
// taking what is left up to the next "--shard--".
#include "tools/import/core/apply.h"
#include "tools/import/core/tfjs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char border[] = "--shard--";

typedef struct rest {
    const uint8_t *bytes;
    size_t size;
} rest;

static mien_status append(void *context, const char *name, size_t limit, mien_import_bytes *bytes,
                          mien_error *error) {
    rest *left = context;
    if (name[0] == '/' || strcmp(name, "..") == 0 || strncmp(name, "../", 3) == 0 ||
        strstr(name, "/../")) {
        abort(); // such a name must not come this far
    }
    const uint8_t *end = memmem(left->bytes, left->size, border, sizeof border - 1);
    size_t taken = end ? (size_t)(end - left->bytes) : left->size;
    if (taken > limit) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: too large", name);
    }
    uint8_t *grown = realloc(bytes->data, bytes->size + taken + 1);
    if (!grown) {
        return mien_fail_memory(error, "a shard");
    }
    if (taken) {
        memcpy(grown + bytes->size, left->bytes, taken);
    }
    bytes->data = grown;
    bytes->size += taken;
    taken += end ? sizeof border - 1 : 0;
    left->bytes += taken;
    left->size -= taken;
    return MIEN_OK;
}

static void check_tensors(const mien_import_set *set) {
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < set->count; i++) {
        const mien_tensor *tensor = &set->items[i].tensor;
        size_t elements;
        if (!mien_shape_elements(&tensor->shape, &elements) ||
            elements * mien_dtype_size(tensor->dtype) != tensor->bytes) {
            abort();
        }
        for (size_t k = 0; k < tensor->bytes; k++) {
            sum ^= ((const uint8_t *)tensor->data)[k];
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const uint8_t *nul = memchr(bytes, 0, size);
    size_t length = nul ? (size_t)(nul - bytes) : size;
    rest left = {bytes + length + (nul != NULL), size - length - (nul != NULL)};
    const mien_tfjs_shards shards = {&left, append};
    mien_import_set set = {0};
    mien_error error = MIEN_ERROR_INIT;
    mien_tfjs_format format;
    mien_status status = mien_tfjs_detect(bytes, length, &format, &error);
    if (status == MIEN_OK) {
        status = mien_tfjs_read(bytes, length, &shards, &set, &error);
    }
    if (status == MIEN_OK) {
        check_tensors(&set);
        status = mien_import_convert(&set, size % 2 ? MIEN_F16 : MIEN_F32, &error);
    }
    if (status != MIEN_OK && (error.status != MIEN_BAD_INPUT || !error.message[0])) {
        abort(); // a failure must say why
    }
    mien_import_set_clear(&set);
    return 0;
}
