// SPDX-License-Identifier: Apache-2.0
// Largest first, each at the lowest place that is free for as long as it lives: the "greedy by
// size" rule of Pisarchyk and Lee, 2020, arXiv:2001.03288.
#include "zoo/xnn/place.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b) {
    const mien_block *first = *(const mien_block *const *)a,
                     *second = *(const mien_block *const *)b;
    if (first->bytes != second->bytes) {
        return first->bytes < second->bytes ? 1 : -1;
    }
    return first < second ? -1 : first > second;
}

static int by_offset(const void *a, const void *b) {
    const mien_block *first = *(const mien_block *const *)a,
                     *second = *(const mien_block *const *)b;
    if (first->offset != second->offset) {
        return first->offset < second->offset ? -1 : 1;
    }
    return first < second ? -1 : first > second;
}

static bool overlap_in_time(const mien_block *a, const mien_block *b) {
    return a->first <= b->last && b->first <= a->last;
}

bool mien_place(mien_block **blocks, size_t count, const mien_block **living, size_t *total) {
    qsort(blocks, count, sizeof *blocks, by_size);
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t alive = 0;
        for (size_t k = 0; k < i; k++) {
            if (overlap_in_time(blocks[i], blocks[k])) {
                living[alive++] = blocks[k];
            }
        }
        qsort(living, alive, sizeof *living, by_offset);
        size_t offset = 0;
        for (size_t k = 0; k < alive; k++) {
            if (living[k]->offset >= offset && living[k]->offset - offset >= blocks[i]->bytes) {
                break;
            }
            size_t end = living[k]->offset + living[k]->bytes;
            offset = end > offset ? end : offset;
        }
        blocks[i]->offset = offset;
        size_t end;
        if (__builtin_add_overflow(offset, blocks[i]->bytes, &end)) {
            return false;
        }
        *total = end > *total ? end : *total;
    }
    return true;
}
