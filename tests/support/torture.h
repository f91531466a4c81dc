// SPDX-License-Identifier: Apache-2.0
/// @file
/// Failing allocations on purpose, and counting them. A test that uses this replaces malloc, its
/// kin and mmap for the whole program: its own code, libmien, plugins, and every library below
/// them, the C library included. (Under a sanitizer, whose strdup and the like do not come by here,
/// those are passed over.)
#ifndef TESTS_SUPPORT_TORTURE_H
#define TESTS_SUPPORT_TORTURE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum torture_mode {
    TORTURE_ONCE,    ///< one allocation fails, later ones succeed
    TORTURE_ONWARDS, ///< it and all later ones fail
} torture_mode;

/// Counts the calling thread's allocations from now on, and fails number `nth` (from 1).
void torture_begin(size_t nth, torture_mode mode);

/// Allocations succeed again. Returns whether one was failed since torture_begin().
bool torture_end(void);

/// Allocations and mappings so far, by all threads, and the bytes they asked for.
size_t torture_allocations(void);
size_t torture_allocated_bytes(void);

/// Blocks allocated and not freed, by all threads; 0 where a sanitizer looks for leaks itself.
size_t torture_live_blocks(void);

/// Bytes mapped and not unmapped, by all threads.
size_t torture_live_mapped_bytes(void);

#endif
