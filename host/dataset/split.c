// SPDX-License-Identifier: Apache-2.0
// A part to validate with, by names and a seed.
#include "host/dataset.h"
#include "host/stateless_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t rank;
    size_t index;
    const char *name;
} ranked;

/// FNV-1a, 64 bits, of the name; then the seed.
static uint64_t rank_of(const char *name, uint64_t seed) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *byte = name; *byte; byte++) {
        hash = (hash ^ (unsigned char)*byte) * 0x100000001b3u;
    }
    return mien_draw(seed, 0, 0, hash);
}

static int compare_ranked(const void *a, const void *b) {
    const ranked *first = a, *second = b;
    return first->rank != second->rank ? (first->rank > second->rank ? 1 : -1)
                                       : strcmp(first->name, second->name);
}

/// Marks the validation part of one class, whose pictures are `from` to `to`.
static mien_status mark_class(const mien_labelled *items, size_t from, size_t to, double fraction,
                              uint64_t seed, ranked *ranks, bool *marks, mien_error *error) {
    size_t count = to - from, wanted = (size_t)floor(fraction * (double)count + 0.5);
    wanted = wanted == 0 && fraction > 0 ? 1 : wanted;
    if (wanted >= count) {
        const char *name = items[from].name;
        return mien_fail(error, MIEN_BAD_INPUT,
                         "class \"%.*s\" has %zu picture%s, too few to train with and to validate "
                         "with %g of them",
                         (int)strcspn(name, "/"), name, count, count == 1 ? "" : "s", fraction);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = items[from + i].name;
        ranks[i] = (ranked){rank_of(name, seed), from + i, name};
    }
    qsort(ranks, count, sizeof *ranks, compare_ranked);
    for (size_t i = 0; i < wanted; i++) {
        marks[ranks[i].index] = true;
    }
    return MIEN_OK;
}

mien_status mien_labelled_split(const mien_labelled *items, size_t count, double fraction,
                                uint64_t seed, bool *marks, mien_error *error) {
    if (!(fraction >= 0 && fraction < 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the part to validate with is %g; it is at least 0 and below 1", fraction);
    }
    ranked *const ranks = calloc(count + 1, sizeof *ranks);
    if (!ranks) {
        return mien_fail_memory(error, "a split");
    }
    memset(marks, 0, count * sizeof *marks);
    mien_status status = MIEN_OK;
    for (size_t from = 0, to; from < count && status == MIEN_OK; from = to) {
        to = from + 1;
        while (to < count && items[to].label == items[from].label) {
            to++;
        }
        status = mark_class(items, from, to, fraction, seed, ranks, marks, error);
    }
    free(ranks);
    return status;
}
