// SPDX-License-Identifier: Apache-2.0
#include "zoo/image/memory.h"

#include <stdlib.h>

static _Thread_local bool lacked;

void mien_memory_watch(void) {
    lacked = false;
}

bool mien_memory_lacked(void) {
    return lacked;
}

static void *note(void *block, bool wanted) {
    lacked |= !block && wanted;
    return block;
}

void *mien_memory_alloc(size_t size) {
    return note(malloc(size), size > 0);
}

void *mien_memory_calloc(size_t count, size_t size) {
    return note(calloc(count, size), count > 0 && size > 0);
}

void *mien_memory_realloc(void *block, size_t size) {
    return note(realloc(block, size), size > 0);
}

spng_ctx *mien_memory_png(int flags) {
    struct spng_alloc allocators = {
        .malloc_fn = mien_memory_alloc,
        .realloc_fn = mien_memory_realloc,
        .calloc_fn = mien_memory_calloc,
        .free_fn = free,
    };
    mien_memory_watch();
    return spng_ctx_new2(&allocators, flags);
}
