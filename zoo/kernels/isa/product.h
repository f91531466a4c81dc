// SPDX-License-Identifier: Apache-2.0
/// @file
/// The innermost loop of a matrix product: a few rows times a panel of two vectors.
#ifndef MIEN_KERNELS_ISA_PRODUCT_H
#define MIEN_KERNELS_ISA_PRODUCT_H

#include "zoo/kernels/isa/vector.h"

#define PANEL (2 * LANES)

/// Rows that fill the vector registers (an accumulator takes two a row, of 16 or of 32) and leave
/// enough other registers for most of the pointers to rows.
#if LANES == 16
#define BLOCK_ROWS 12
#elif defined(__aarch64__)
#define BLOCK_ROWS 8
#else
#define BLOCK_ROWS 6
#endif

/// X(rows) for every number of rows in a block.
#if BLOCK_ROWS == 12
#define EACH_BLOCK(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#elif BLOCK_ROWS == 8
#define EACH_BLOCK(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#else
#define EACH_BLOCK(X) X(1) X(2) X(3) X(4) X(5) X(6)
#endif

/// What to ask the cache for while a block is worked on: the panel that comes next. Weights come
/// from the last level of the cache, or from memory, and the processor's own prefetching ends at
/// each page. Each of the blocks that share a panel fetches its part, so that the memory is busy
/// all the time.
typedef struct ahead {
    const float *next;
    size_t step; ///< floats for each number of the rows
} ahead;

/// For block `index` of `count` over a panel of `depth` that starts at `panel`. Alone over a long
/// panel, a block fetches this panel's own rows, some way before their turn.
INLINE ahead ahead_of(const float *panel, size_t depth, size_t index, size_t count) {
    enum { FAR = 2048 };
    if (count == 1 && depth * PANEL > FAR) {
        return (ahead){panel + FAR, PANEL};
    }
    size_t step = (PANEL + count - 1) / count;
    return (ahead){panel + depth * (PANEL + index * step), step};
}

/// How many of `rest` rows the next of `blocks` blocks takes, so that they are of nearly equal
/// size: a block of one row costs as much as one of four.
INLINE size_t rows_of_block(size_t rest, size_t blocks) {
    return (rest + blocks - 1) / blocks;
}

/// total[row] += a[row][0…length) · b, where b is {length, PANEL}; `rows` is a constant, so that
/// all of `total` stays in registers.
INLINE void panel_product(const float *const a[BLOCK_ROWS], const float *b, size_t length,
                          ahead *fetch, vector total[BLOCK_ROWS][2], const int rows) {
    const float *next = fetch->next;
    for (size_t k = 0; k < length; k++, b += PANEL, next += fetch->step) {
        vector first = load(b), second = load(b + LANES);
        __builtin_prefetch(next, 0, 2);
        __builtin_prefetch(next + LANES, 0, 2);
#pragma GCC unroll 12
        for (int row = 0; row < rows; row++) {
            vector scale = splat(a[row][k]);
            total[row][0] += scale * first;
            total[row][1] += scale * second;
        }
    }
    fetch->next = next;
}

#endif
