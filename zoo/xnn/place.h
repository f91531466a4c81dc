// SPDX-License-Identifier: Apache-2.0
/// @file
/// Buffers in one block of memory, by lifetimes. The trainer builds this file, too.
#ifndef MIEN_XNN_PLACE_H
#define MIEN_XNN_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mien_block {
    size_t bytes, offset;
    uint32_t first, last; ///< the steps that need it
} mien_block;

/// Gives every block the lowest offset that is free for as long as it lives; offsets are multiples
/// of what all sizes are multiples of. Sorts `blocks`; `living` is scratch for as many pointers.
/// `*total` is where the last one ends. Returns false when that overflows.
bool mien_place(mien_block **blocks, size_t count, const mien_block **living, size_t *total);

#endif
