// SPDX-License-Identifier: Apache-2.0
/// @file
/// Fixtures that say themselves what must come: `expected: TEXT` in a comment near the top.
#ifndef TESTS_SUPPORT_EXPECTATION_H
#define TESTS_SUPPORT_EXPECTATION_H

#include <stddef.h>

/// What stands after "expected: " in a file, up to the end of the comment's lines, which are joined
/// by single spaces; free() it. `comment` is what each line starts with ("# ", "// "). Fails the
/// test when the file says nothing.
char *read_expectation(const char *path, const char *comment);

/// Paths that match a pattern below the source tree, sorted; fails the test when none does.
/// Free with free_paths().
char **match_paths(const char *pattern, size_t *count);
void free_paths(char **paths, size_t count);

/// $MIEN_SOURCE/<name> or $MIEN_BUILD/<name>, the caller's to free.
char *source_path(const char *name);
char *build_path(const char *name);

#endif
