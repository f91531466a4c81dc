// SPDX-License-Identifier: Apache-2.0
// Files that are written whole or not at all. Exported for programs of our own; not installed.
#ifndef MIEN_ZOO_REPLACE_H
#define MIEN_ZOO_REPLACE_H

#include "mien/status.h"

#include <stdbool.h>
#include <stdio.h>

// Writes the whole content; false, with errno set, when it cannot.
typedef bool (*mien_replace_writer)(FILE *file, const void *content);

// Writes a file under a temporary name beside `path`, and renames it when it is whole and on disk.
// Where `path` is a symbolic link, the link stays and what it names is replaced. What exists and is
// no regular file (a device, a pipe, a folder) is left alone and refused. Messages lack the path.
// Errors: MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_replace_file(const char *path, mien_replace_writer write,
                                                       const void *content, mien_error *error);

// Whether it could, as far as can be told without writing: for work that would be lost in the end.
// Errors: as mien_replace_file()'s. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_replace_check(const char *path, mien_error *error);

#endif
