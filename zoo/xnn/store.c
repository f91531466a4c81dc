// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/store.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct store_block {
    uint64_t key;
    void *data;
    size_t bytes;
} store_block;

struct mien_store {
    struct xnn_weights_cache_provider provider;
    store_block *blocks;
    size_t count, capacity;
    size_t bytes;
    uint64_t key;
    store_block pending; ///< reserved by XNNPACK, not yet inserted
};

enum {
    STORE_ALIGNMENT = 64,
    STORE_HUGE_PAGE = 2 << 20,
    STORE_LARGE = 2 * STORE_HUGE_PAGE, // a block worth a page's bytes of waste
};

/// A mapping that begins at a huge page. Only whole huge pages are asked for: one begun at the end
/// would be mostly waste.
static void *map_large(size_t bytes) {
    size_t room;
    if (__builtin_add_overflow(bytes, (size_t)STORE_HUGE_PAGE, &room)) {
        return NULL;
    }
    uint8_t *first = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (first == MAP_FAILED) {
        return NULL;
    }
    const size_t before = (STORE_HUGE_PAGE - (uintptr_t)first % STORE_HUGE_PAGE) % STORE_HUGE_PAGE;
    if (before) {
        munmap(first, before);
    }
    munmap(first + before + bytes, room - before - bytes);
    madvise(first + before, bytes / STORE_HUGE_PAGE * STORE_HUGE_PAGE,
            MADV_HUGEPAGE); // a wish; refusal changes nothing
    return first + before;
}

/// Large blocks are mappings of their own, in huge pages: fewer misses when a layer's weights are
/// read through, fewer page faults when they are packed. On the heap they would also pin the holes
/// that unpacked parameters leave between them. `*bytes` is rounded up.
static void *allocate(size_t *bytes) {
    const size_t unit = *bytes < STORE_LARGE ? STORE_ALIGNMENT : (size_t)sysconf(_SC_PAGESIZE);
    if (__builtin_add_overflow(*bytes, unit - 1, bytes)) {
        return NULL;
    }
    *bytes -= *bytes % unit;
    return *bytes < STORE_LARGE ? aligned_alloc(STORE_ALIGNMENT, *bytes) : map_large(*bytes);
}

static void release(store_block *block) {
    if (block->data && block->bytes >= STORE_LARGE) {
        munmap(block->data, block->bytes);
    } else {
        free(block->data);
    }
    block->data = NULL;
}

static size_t find_key(const mien_store *store, uint64_t key) {
    // Keys rise as a session is made, so a lookup of the newest ends at once, and later contexts
    // walk the list in order.
    size_t low = 0, high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store->blocks[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < store->count && store->blocks[low].key == key ? low : SIZE_MAX;
}

static size_t look_up(void *context, const struct xnn_weights_cache_look_up_key *cache_key) {
    (void)cache_key;
    const mien_store *store = context;
    return find_key(store, store->key);
}

static bool make_room(mien_store *store) {
    if (store->count < store->capacity) {
        return true;
    }
    size_t capacity = store->capacity ? store->capacity * 2 : 64;
    store_block *blocks = realloc(store->blocks, capacity * sizeof *blocks);
    if (!blocks) {
        return false;
    }
    store->blocks = blocks;
    store->capacity = capacity;
    return true;
}

static void *reserve_space(void *context, size_t bytes) {
    mien_store *store = context;
    release(&store->pending);
    // XNNPACK does not ask whether inserting succeeded, so the block's entry is there beforehand.
    if (!make_room(store)) {
        return NULL;
    }
    store->pending.bytes = bytes;
    store->pending.data = allocate(&store->pending.bytes);
    return store->pending.data;
}

static size_t look_up_or_insert(void *context, const struct xnn_weights_cache_look_up_key *key,
                                void *packed, size_t bytes) {
    (void)key;
    (void)bytes;
    mien_store *store = context;
    size_t found = find_key(store, store->key);
    if (found != SIZE_MAX) {
        if (packed == store->pending.data) {
            release(&store->pending);
        }
        return found;
    }
    if (packed != store->pending.data) {
        return SIZE_MAX;
    }
    store->pending.key = store->key;
    store->blocks[store->count] = store->pending;
    store->bytes += store->pending.bytes;
    store->pending.data = NULL;
    return store->count++;
}

static bool is_finalized(void *context) {
    // XNNPACK runs operators of a finalised cache only; this one may grow and be read at any time.
    (void)context;
    return true;
}

static void *offset_to_address(void *context, size_t offset) {
    const mien_store *store = context;
    return offset < store->count ? store->blocks[offset].data : NULL;
}

static enum xnn_status delete_cache(void *context) {
    (void)context;
    return xnn_status_success;
}

mien_status mien_store_create(mien_store **out, mien_error *error) {
    mien_store *store = calloc(1, sizeof *store);
    if (!store) {
        return mien_fail_memory(error, "packed weights");
    }
    store->provider = (struct xnn_weights_cache_provider){
        .context = store,
        .look_up = look_up,
        .reserve_space = reserve_space,
        .look_up_or_insert = look_up_or_insert,
        .is_finalized = is_finalized,
        .offset_to_addr = offset_to_address,
        .delete_cache = delete_cache,
    };
    *out = store;
    return MIEN_OK;
}

void mien_store_free(mien_store *store) {
    if (!store) {
        return;
    }
    for (size_t i = 0; i < store->count; i++) {
        release(&store->blocks[i]);
    }
    free(store->blocks);
    release(&store->pending);
    free(store);
}

xnn_weights_cache_t mien_store_select(mien_store *store, uint32_t step, uint32_t part) {
    store->key = (uint64_t)step << 32 | part;
    return &store->provider;
}

const float *mien_store_kernel(const mien_store *store, const float *unpacked) {
    size_t found = find_key(store, store->key);
    return found == SIZE_MAX ? unpacked : store->blocks[found].data;
}

float *mien_store_block(mien_store *store, uint32_t step, uint32_t part, size_t bytes,
                        bool *fresh) {
    mien_store_select(store, step, part);
    size_t found = find_key(store, store->key);
    *fresh = found == SIZE_MAX;
    if (*fresh) {
        void *block = reserve_space(store, bytes);
        found = block ? look_up_or_insert(store, NULL, block, bytes) : SIZE_MAX;
    }
    return found == SIZE_MAX ? NULL : store->blocks[found].data;
}

size_t mien_store_bytes(const mien_store *store) {
    return store->bytes;
}
