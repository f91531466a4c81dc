// SPDX-License-Identifier: Apache-2.0
/// @file
/// From a command's arguments to the pictures they mean.
#ifndef MIEN_HOST_PATHS_H
#define MIEN_HOST_PATHS_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>

/// A list of paths, owned. Start with `mien_paths paths = {0};`.
typedef struct mien_paths {
    char **items;
    size_t count, capacity;
} mien_paths;

/// Appends what `argument` means:
///
///  - "-": standard input, as "-"; once in a list
///  - a file: itself, whatever its name
///  - a folder: the pictures in it and in its sub-folders, by name (.jpg, .jpeg, .png in any case),
///    sorted within each folder; hidden files and folders are passed over, symbolic links followed
///  - what does not exist and has a *, ? or [ in it: the pictures and folders that match, sorted
///
/// On failure the list is as before. Errors: MIEN_NOT_FOUND (no such file, no match, a folder
/// without pictures), MIEN_BAD_INPUT (an empty argument, standard input twice), MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [one thread at a time per list]
MIEN_MUST_CHECK mien_status mien_paths_add(mien_paths *paths, const char *argument,
                                           mien_error *error);

/// Adds every argument in turn; on failure the list is as before.
MIEN_MUST_CHECK mien_status mien_paths_expand(mien_paths *paths, const char *const *arguments,
                                              size_t count, mien_error *error);

/// Appends the names (not paths) of the folders right inside `folder`, sorted, hidden ones passed
/// over: the classes of a data set that has a folder for each. None at all is no error. Errors:
/// MIEN_NOT_FOUND, MIEN_BAD_INPUT (not a folder), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_paths_add_subfolders(mien_paths *names, const char *folder,
                                                      mien_error *error);

/// True for a name that ends as a picture's does. [any thread]
bool mien_paths_is_picture(const char *path);

/// Whether both are there, and are one file, by links or by other ways to it. [any thread]
bool mien_paths_same(const char *a, const char *b);

/// Frees the items and empties the list.
void mien_paths_free(mien_paths *paths);

#endif
