// SPDX-License-Identifier: Apache-2.0
/// @file
/// Memory that is made piece by piece and freed at once: what a parsed manifest is made of.
#ifndef MIEN_HOST_POOL_H
#define MIEN_HOST_POOL_H

#include <stddef.h>

typedef struct mien_pool mien_pool;

/// NULL when out of memory, like the two below.
mien_pool *mien_pool_create(void);
/// NULL is allowed.
void mien_pool_free(mien_pool *pool);

/// `count` × `size` zeroed bytes, aligned for anything; lives as long as the pool. Never NULL for
/// a count of 0.
void *mien_pool_alloc(mien_pool *pool, size_t count, size_t size);

/// A copy of `length` bytes with a NUL after them.
char *mien_pool_text(mien_pool *pool, const char *bytes, size_t length);

#endif
