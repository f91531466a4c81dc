// SPDX-License-Identifier: Apache-2.0
/// @file
/// Temporary folders for tests.
#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

#include <stddef.h>

/// A new, empty folder, and its removal with all that is in it. The path is the caller's to free,
/// which remove_folder() does.
char *make_folder(void);
void remove_folder(char *folder);

/// Writes a file below `folder`, making the folders on the way.
void write_file(const char *folder, const char *name, const void *bytes, size_t size);

/// Files and folders in it, hidden ones left out.
size_t count_entries(const char *folder);

#endif
