// SPDX-License-Identifier: Apache-2.0
// A part to validate with, by names and a seed.
#include "tools/train/core/data/internal.h"
#include "tools/train/core/draw.h"

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

/// Marks the validation part of one class, whose examples are `from` to `to`.
static mien_status mark_class(const mien_dataset *dataset, size_t from, size_t to, double fraction,
                              uint64_t seed, ranked *ranks, bool *marks, mien_error *error) {
    size_t count = to - from, wanted = (size_t)floor(fraction * (double)count + 0.5);
    wanted = wanted == 0 && fraction > 0 ? 1 : wanted;
    if (wanted >= count) {
        const char *name = dataset->examples[from].name;
        return mien_fail(error, MIEN_BAD_INPUT,
                         "class \"%.*s\" has %zu picture%s, too few to train with and to validate "
                         "with %g of them",
                         (int)strcspn(name, "/"), name, count, count == 1 ? "" : "s", fraction);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = dataset->examples[from + i].name;
        ranks[i] = (ranked){rank_of(name, seed), from + i, name};
    }
    qsort(ranks, count, sizeof *ranks, compare_ranked);
    for (size_t i = 0; i < wanted; i++) {
        marks[ranks[i].index] = true;
    }
    return MIEN_OK;
}

static mien_status mark(const mien_dataset *dataset, double fraction, uint64_t seed, ranked *ranks,
                        bool *marks, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t from = 0, to; from < dataset->count && status == MIEN_OK; from = to) {
        to = from + 1;
        while (to < dataset->count &&
               dataset->examples[to].label == dataset->examples[from].label) {
            to++;
        }
        status = mark_class(dataset, from, to, fraction, seed, ranks, marks, error);
    }
    return status;
}

mien_status mien_dataset_split(const mien_dataset *dataset, double fraction, uint64_t seed,
                               size_t **training, size_t *training_count, size_t **validation,
                               size_t *validation_count, mien_error *error) {
    if (!(fraction >= 0 && fraction < 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the part to validate with is %g; it is at least 0 and below 1", fraction);
    }
    size_t count = dataset->count, learned = 0, checked = 0;
    bool *marks = calloc(count, sizeof *marks);
    ranked *ranks = calloc(count, sizeof *ranks);
    size_t *first = calloc(count, sizeof *first), *second = calloc(count, sizeof *second);
    mien_status status = marks && ranks && first && second
                             ? mark(dataset, fraction, seed, ranks, marks, error)
                             : mien_fail_memory(error, "a split");
    for (size_t i = 0; status == MIEN_OK && i < count; i++) {
        if (marks[i]) {
            second[checked++] = i;
        } else {
            first[learned++] = i;
        }
    }
    free(marks);
    free(ranks);
    if (status != MIEN_OK) {
        free(first);
        free(second);
        return status;
    }
    *training = first;
    *training_count = learned;
    *validation = second;
    *validation_count = checked;
    return MIEN_OK;
}
