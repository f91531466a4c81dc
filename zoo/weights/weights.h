// SPDX-License-Identifier: Apache-2.0
// Inside of an open weights file, shared by the files in this folder.
#ifndef MIEN_ZOO_WEIGHTS_WEIGHTS_H
#define MIEN_ZOO_WEIGHTS_WEIGHTS_H

#include "mien/weights.h"

#include <yyjson.h>

struct mien_weights {
    const uint8_t *bytes; // the whole file
    size_t size;
    bool mapped;         // by mmap, so unmapped when closed
    yyjson_doc *header;  // owns the names and the metadata
    const uint8_t *data; // what the header's offsets count from
    size_t data_bytes;
    mien_named_tensor *tensors; // sorted by name
    size_t count;
    void **copies; // aligned copies of tensors that are misaligned in the file
    size_t copy_count;
};

// Reads the header of `weights->bytes` and fills in everything below `mapped`. What was allocated
// before a failure is left in `weights` for mien_weights_close().
mien_status mien_safetensors_parse(mien_weights *weights, mien_error *error);

// Lets pages of the file that are not needed for now leave memory, so that what was read through
// once does not stay beside what was made of it. Reading them again is allowed and brings them
// back. Does nothing where the file is not mapped.
void mien_weights_forget(const mien_weights *weights, const void *bytes, size_t size);

// SHA-256 of the whole file. Errors: MIEN_OUT_OF_MEMORY.
mien_status mien_sha256_weights(const mien_weights *weights, char digest[MIEN_SHA256_HEX],
                                mien_error *error);

// Fails unless `expected` is 64 hexadecimal digits and, but for case, equal to `digest`.
mien_status mien_sha256_compare(const char *expected, const char digest[MIEN_SHA256_HEX],
                                mien_error *error);

#endif
