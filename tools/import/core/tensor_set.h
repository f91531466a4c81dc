// SPDX-License-Identifier: Apache-2.0
// Named tensors under conversion: a growable list that owns names and, mostly, data.
#ifndef MIEN_TOOLS_IMPORT_TENSOR_SET_H
#define MIEN_TOOLS_IMPORT_TENSOR_SET_H

#include "mien/weights.h"

typedef struct mien_import_tensor {
    char *name;
    mien_tensor tensor;
    void *owned; // what tensor.data points into, to be freed; NULL where it is borrowed
} mien_import_tensor;

typedef struct mien_import_set {
    mien_import_tensor *items;
    size_t count, capacity;
} mien_import_set;

// Appends a tensor. The name is copied; `owned` belongs to the set, and is freed even on failure.
// Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_import_set_add(mien_import_set *set, const char *name,
                                                const mien_tensor *tensor, void *owned,
                                                mien_error *error);

// Whether a safetensors file can hold these names. Errors: MIEN_BAD_INPUT (one that is there twice,
// or that the format keeps for itself), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_import_set_check_names(const mien_import_set *set,
                                                        mien_error *error);

// Frees everything; the set is empty afterwards.
void mien_import_set_clear(mien_import_set *set);

#endif
