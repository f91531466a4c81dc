// SPDX-License-Identifier: Apache-2.0
#include "host/explain/shuffle.h"

#include "host/explain/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mien_status read_file(const char *path, void **bytes, size_t *size, mien_error *error) {
    FILE *file = fopen(path, "rb");
    long end = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (end <= 0 || fseek(file, 0, SEEK_SET) != 0) {
        if (file) {
            fclose(file);
        }
        return mien_fail(error, MIEN_IO, "cannot read %s", path);
    }
    void *read = malloc((size_t)end);
    bool whole = read && fread(read, 1, (size_t)end, file) == (size_t)end;
    fclose(file);
    if (!whole) {
        free(read);
        return read ? mien_fail(error, MIEN_IO, "cannot read %s", path)
                    : mien_fail_memory(error, "weights");
    }
    *bytes = read;
    *size = (size_t)end;
    return MIEN_OK;
}

/// Fisher and Yates' way, over numbers of `size` bytes, at most eight.
static void shuffle(char *numbers, size_t count, size_t size, uint64_t *random) {
    char held[8];
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = (size_t)mien_random_below(random, i + 1);
        memcpy(held, numbers + i * size, size);
        memmove(numbers + i * size, numbers + other * size, size);
        memcpy(numbers + other * size, held, size);
    }
}

/// Each number of `size` bytes keeps its sign or not; of either float type that is the last bit.
static void toss_signs(char *numbers, size_t count, size_t size, uint64_t *random) {
    for (size_t i = 0; i < count; i++) {
        if (mien_random_bits(random) >> 63) {
            numbers[(i + 1) * size - 1] ^= (char)0x80;
        }
    }
}

/// Vectors, as of batch norms, keep their signs: a variance has no other.
static bool has_signs(const mien_tensor *tensor) {
    return tensor->shape.rank > 1 && (tensor->dtype == MIEN_F32 || tensor->dtype == MIEN_F16);
}

mien_status mien_shuffle_weights(const mien_model *model, uint64_t number,
                                 mien_shuffled_weights *shuffled, mien_error *error) {
    mien_shuffled_weights made = {0};
    size_t size = 0;
    uint64_t random = number;
    mien_status status = read_file(mien_model_weights_path(model), &made.bytes, &size, error);
    if (status == MIEN_OK) {
        status = mien_weights_open_memory(made.bytes, size, &made.weights, error);
    }
    for (size_t i = 0; status == MIEN_OK && i < mien_weights_count(made.weights); i++) {
        const mien_tensor tensor = mien_weights_at(made.weights, i).tensor;
        size_t count, offset = (size_t)((const char *)tensor.data - (const char *)made.bytes);
        char *const numbers = (char *)made.bytes + offset;
        if (mien_shape_elements(&tensor.shape, &count) && count > 1) {
            shuffle(numbers, count, tensor.bytes / count, &random);
            if (has_signs(&tensor)) {
                toss_signs(numbers, count, tensor.bytes / count, &random);
            }
        }
    }
    if (status != MIEN_OK) {
        mien_shuffled_weights_clear(&made);
        return status;
    }
    *shuffled = made;
    return MIEN_OK;
}

void mien_shuffled_weights_clear(mien_shuffled_weights *shuffled) {
    mien_weights_close(shuffled->weights);
    free(shuffled->bytes);
    *shuffled = (mien_shuffled_weights){0};
}
