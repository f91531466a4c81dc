// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/pattern.h"

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

static bool match_from(const char *pattern, const char *name, mien_pattern_captures *captures) {
    while (*pattern && *pattern != '*') {
        if (*pattern++ != *name++) {
            return false;
        }
    }
    if (!*pattern) {
        return !*name;
    }
    size_t star = captures->count++, length = star_length(pattern);
    for (size_t taken = 1; name[taken - 1]; taken++) {
        if (length == 1 && name[taken - 1] == '/') {
            break;
        }
        captures->runs[star].start = name;
        captures->runs[star].length = taken;
        captures->count = star + 1;
        if (match_from(pattern + length, name + taken, captures)) {
            return true;
        }
    }
    return false;
}

bool mien_pattern_match(const char *pattern, const char *name, mien_pattern_captures *captures) {
    captures->count = 0;
    return match_from(pattern, name, captures);
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
