// SPDX-License-Identifier: Apache-2.0
#include "support/torture.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

// The functions behind the names that are replaced here.
#ifdef SANITIZED
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *block, size_t size);
void *REAL(memalign)(size_t alignment, size_t size);
void REAL(free)(void *block);

// Seen by every library, whatever the build's default is.
#define REPLACES __attribute__((visibility("default")))

static _Thread_local size_t countdown; // 0: not counting
static _Thread_local torture_mode chosen_mode;
static _Thread_local bool failed;
static atomic_size_t live_blocks;

void torture_begin(size_t nth, torture_mode mode) {
    failed = false;
    chosen_mode = mode;
    countdown = nth;
}

bool torture_end(void) {
    countdown = 0;
    return failed;
}

size_t torture_live_blocks(void) {
#ifdef SANITIZED
    return 0;
#else
    return live_blocks;
#endif
}

static bool must_fail(void) {
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    countdown = chosen_mode == TORTURE_ONWARDS ? 1 : 0;
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block) {
    live_blocks += block != NULL;
    return block;
}

REPLACES void *malloc(size_t size) {
    return must_fail() ? NULL : counted(REAL(malloc)(size));
}

REPLACES void *calloc(size_t count, size_t size) {
    return must_fail() ? NULL : counted(REAL(calloc)(count, size));
}

REPLACES void *realloc(void *block, size_t size) {
    if (must_fail()) {
        return NULL;
    }
    void *const moved = REAL(realloc)(block, size);
    live_blocks += !block && moved;
    live_blocks -= block && !moved && size == 0;
    return moved;
}

REPLACES void *memalign(size_t alignment, size_t size) {
    return must_fail() ? NULL : counted(REAL(memalign)(alignment, size));
}

REPLACES void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

REPLACES int posix_memalign(void **block, size_t alignment, size_t size) {
    void *const made = memalign(alignment, size);
    if (!made) {
        return ENOMEM;
    }
    *block = made;
    return 0;
}

REPLACES void free(void *block) {
    live_blocks -= block != NULL;
    REAL(free)(block);
}
