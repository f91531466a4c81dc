// SPDX-License-Identifier: Apache-2.0
/// @file
/// Companion programs: `mien NAME` runs mien-NAME from mien's own folder, else from the path.
#ifndef MIEN_HOST_CLI_COMPANION_H
#define MIEN_HOST_CLI_COMPANION_H

#include <stddef.h>

/// Path of mien-NAME, free() it; NULL when there is none, or `name` is no plain word.
char *mien_companion_find(const char *name);

/// Becomes the program at `path` with `words` (NULL-terminated) after its name. Returns only when
/// that fails, with the exit code.
int mien_companion_become(const char *path, const char *name, char *const *words);

/// Calls `visit` for each companion, by name; those in mien's own folder have a summary, others
/// on the path an empty one.
typedef void (*mien_companion_visit)(void *context, const char *name, const char *summary);
void mien_companion_each(mien_companion_visit visit, void *context);

#endif
