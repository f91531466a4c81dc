// SPDX-License-Identifier: Apache-2.0
// Whole files into memory.
#ifndef MIEN_TOOLS_IMPORT_FILE_H
#define MIEN_TOOLS_IMPORT_FILE_H

#include "mien/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct mien_import_bytes {
    uint8_t *data; // free() it
    size_t size;
} mien_import_bytes;

// Appends a regular file of at most `limit` bytes to `bytes`. Messages start with the path. Errors:
// MIEN_NOT_FOUND, MIEN_IO, MIEN_BAD_INPUT (larger), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_import_append_file(const char *path, size_t limit,
                                                    mien_import_bytes *bytes, mien_error *error);

#endif
