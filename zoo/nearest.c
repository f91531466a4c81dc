// SPDX-License-Identifier: Apache-2.0
#include "zoo/nearest.h"

#include <string.h>

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t mien_edit_distance(const char *a, const char *b) {
    const size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > LONGEST || b_length > LONGEST) {
        return strcmp(a, b) == 0 ? 0 : (a_length > b_length ? a_length : b_length);
    }
    // Three rows of the dynamic programme: a swap looks two rows back.
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *const recycled = before;
        before = last;
        last = row;
        row = recycled;
    }
    return last[b_length];
}

void mien_nearest_offer(mien_nearest *nearest, const char *candidate) {
    const size_t length = strlen(nearest->word), other = strlen(candidate);
    const size_t longer = length > other ? length : other;
    const size_t distance = mien_edit_distance(nearest->word, candidate);
    const size_t allowed = longer < 3 ? 1 : longer / 3;
    if (distance <= allowed && (!nearest->best || distance < nearest->distance)) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}
