// SPDX-License-Identifier: Apache-2.0
/// @file
/// Allocators for libraries that pass over a failed allocation, or take it for a corrupt file: the
/// failure is noted, thread by thread, so that it can be reported as what it is.
#ifndef ZOO_IMAGE_MEMORY_H
#define ZOO_IMAGE_MEMORY_H

#include <spng.h>
#include <stdbool.h>
#include <stddef.h>

/// Forgets failures of the calling thread's earlier allocations.
void mien_memory_watch(void);

/// Whether one failed since mien_memory_watch().
bool mien_memory_lacked(void);

void *mien_memory_alloc(size_t size);
void *mien_memory_calloc(size_t count, size_t size);
void *mien_memory_realloc(void *block, size_t size);

/// Watches, and makes a libspng context on these allocators; NULL when there is no memory for it.
spng_ctx *mien_memory_png(int flags);

#endif
