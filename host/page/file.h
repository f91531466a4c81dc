// SPDX-License-Identifier: Apache-2.0
/// @file
/// A file of results, as a whole.
#ifndef MIEN_HOST_PAGE_FILE_H
#define MIEN_HOST_PAGE_FILE_H

#include "mien/status.h"

#include <stddef.h>

/// More bytes than any result has.
enum { MIEN_PAGE_MOST_BYTES = 1 << 28 };

/// Reads a regular file of at most MIEN_PAGE_MOST_BYTES; a NUL follows the last byte; free() it.
/// Errors: MIEN_NOT_FOUND, MIEN_BAD_INPUT (no regular file, larger), MIEN_IO, MIEN_OUT_OF_MEMORY.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_page_file(const char *path, char **bytes, size_t *size,
                                           mien_error *error);

#endif
