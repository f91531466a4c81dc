// SPDX-License-Identifier: Apache-2.0
#include "host/pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, ALIGNMENT = alignof(max_align_t) };

struct chunk {
    struct chunk *next;
    size_t used, capacity;
    alignas(max_align_t) unsigned char bytes[];
};

struct mien_pool {
    struct chunk *newest;
};

mien_pool *mien_pool_create(void) {
    return calloc(1, sizeof(mien_pool));
}

void mien_pool_free(mien_pool *pool) {
    if (!pool) {
        return;
    }
    for (struct chunk *chunk = pool->newest, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(pool);
}

void *mien_pool_alloc(mien_pool *pool, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, (size_t)ALIGNMENT, &bytes)) {
        return NULL;
    }
    bytes -= bytes % ALIGNMENT;
    struct chunk *chunk = pool->newest;
    if (!chunk || chunk->capacity - chunk->used < bytes) {
        const size_t capacity = bytes > CHUNK ? bytes : CHUNK;
        size_t whole;
        if (__builtin_add_overflow(sizeof *chunk, capacity, &whole)) {
            return NULL;
        }
        chunk = calloc(1, whole);
        if (!chunk) {
            return NULL;
        }
        chunk->capacity = capacity;
        chunk->next = pool->newest;
        pool->newest = chunk;
    }
    void *const made = chunk->bytes + chunk->used;
    chunk->used += bytes;
    return made;
}

char *mien_pool_text(mien_pool *pool, const char *bytes, size_t length) {
    char *const text = mien_pool_alloc(pool, length + 1, 1);
    if (text) {
        memcpy(text, bytes, length);
    }
    return text;
}
