// SPDX-License-Identifier: Apache-2.0
/// @file
/// "Did you mean …?": the nearest of a set of words by edit distance, for messages.
#ifndef MIEN_ZOO_NEAREST_H
#define MIEN_ZOO_NEAREST_H

#include "mien/status.h"

#include <stddef.h>

typedef struct mien_nearest {
    const char *word;
    const char *best; ///< nearest so far, borrowed from the caller; NULL: none is near enough
    size_t distance;  ///< of `best`
} mien_nearest;

/// Start with `{.word = word}`, offer every candidate, then read `best`. Near enough means at most
/// a third of the longer word's letters differ, and at least one may. [any thread]
MIEN_API void mien_nearest_offer(mien_nearest *nearest, const char *candidate);

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. Words of
/// over 64 bytes are as far apart as the longer is long.
MIEN_API size_t mien_edit_distance(const char *a, const char *b);

#endif
