// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t star_length(const char *pattern) {
    return pattern[1] == '*' ? 2 : 1;
}

size_t mien_pattern_stars(const char *pattern) {
    size_t stars = 0;
    while (*pattern) {
        bool star = *pattern == '*';
        stars += star;
        pattern += star ? star_length(pattern) : 1;
    }
    return stars;
}

// Where a star was tried in vain: without this, eight stars over a long name take for ever.
typedef struct failures {
    const char *name;
    uint8_t stars[MIEN_PATTERN_MAX_NAME + 1]; // bit i of [n]: star i at byte n of the name
} failures;

static bool match_from(const char *pattern, const char *name, failures *failed,
                       mien_pattern_captures *captures) {
    while (*pattern && *pattern != '*') {
        if (*pattern++ != *name++) {
            return false;
        }
    }
    if (!*pattern) {
        return !*name;
    }
    size_t star = captures->count++, length = star_length(pattern),
           at = (size_t)(name - failed->name);
    if (failed->stars[at] >> star & 1) {
        return false;
    }
    for (size_t taken = 1; name[taken - 1]; taken++) {
        if (length == 1 && name[taken - 1] == '/') {
            break;
        }
        captures->runs[star].start = name;
        captures->runs[star].length = taken;
        captures->count = star + 1;
        if (match_from(pattern + length, name + taken, failed, captures)) {
            return true;
        }
    }
    failed->stars[at] |= (uint8_t)(1u << star);
    return false;
}

bool mien_pattern_match(const char *pattern, const char *name, mien_pattern_captures *captures) {
    failures failed = {.name = name};
    captures->count = 0;
    return strlen(name) <= MIEN_PATTERN_MAX_NAME && match_from(pattern, name, &failed, captures);
}

char *mien_pattern_fill(const char *pattern, const mien_pattern_captures *captures) {
    size_t length = strlen(pattern) + 1;
    for (size_t i = 0; i < captures->count; i++) {
        length += captures->runs[i].length;
    }
    char *filled = malloc(length), *end = filled;
    if (!filled) {
        return NULL;
    }
    size_t star = 0;
    while (*pattern) {
        if (*pattern != '*') {
            *end++ = *pattern++;
            continue;
        }
        memcpy(end, captures->runs[star].start, captures->runs[star].length);
        end += captures->runs[star++].length;
        pattern += star_length(pattern);
    }
    *end = '\0';
    return filled;
}
