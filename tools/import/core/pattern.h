// SPDX-License-Identifier: Apache-2.0
// Names with stars: `*` stands for any run of characters but '/', `**` for any run at all; both
// for at least one character.
#ifndef MIEN_TOOLS_IMPORT_PATTERN_H
#define MIEN_TOOLS_IMPORT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum { MIEN_PATTERN_MAX_STARS = 8, MIEN_PATTERN_MAX_NAME = 1024 };

// What each star of a pattern stood for, in order; points into the name.
typedef struct mien_pattern_captures {
    size_t count;
    struct {
        const char *start;
        size_t length;
    } runs[MIEN_PATTERN_MAX_STARS];
} mien_pattern_captures;

// Stars in `pattern`, `**` counting once.
size_t mien_pattern_stars(const char *pattern);

// Whether all of `name` matches; where several ways do, earlier stars take as little as they can.
// `pattern` holds at most MIEN_PATTERN_MAX_STARS, and a name longer than MIEN_PATTERN_MAX_NAME
// bytes matches nothing.
bool mien_pattern_match(const char *pattern, const char *name, mien_pattern_captures *captures);

// `pattern` with its stars replaced by the captures, in order; free() it. NULL: out of memory.
// It holds no more stars than there are captures.
char *mien_pattern_fill(const char *pattern, const mien_pattern_captures *captures);

#endif
