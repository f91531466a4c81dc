// SPDX-License-Identifier: Apache-2.0
#include "support/torture.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// Seen by every library, whatever the build's default is; and not itself watched by a sanitizer,
// which allocates before it is ready to watch.
#define UNWATCHED __attribute__((no_sanitize("thread")))
#define REPLACES __attribute__((visibility("default"))) UNWATCHED

static _Thread_local size_t countdown; // 0: not counting
static _Thread_local torture_mode chosen_mode;
static _Thread_local bool failed;
static atomic_size_t live_blocks, live_mapped_bytes, allocations, allocated_bytes;

void torture_begin(size_t nth, torture_mode mode) {
    failed = false;
    chosen_mode = mode;
    countdown = nth;
}

bool torture_end(void) {
    countdown = 0;
    return failed;
}

size_t torture_allocations(void) {
    return allocations;
}

size_t torture_allocated_bytes(void) {
    return allocated_bytes;
}

size_t torture_live_blocks(void) {
#ifdef SANITIZED
    return 0;
#else
    return live_blocks;
#endif
}

size_t torture_live_mapped_bytes(void) {
    return live_mapped_bytes;
}

UNWATCHED static bool must_fail(size_t bytes) {
    allocations++;
    allocated_bytes += bytes;
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    countdown = chosen_mode == TORTURE_ONWARDS ? 1 : 0;
    failed = true;
    errno = ENOMEM;
    return true;
}

UNWATCHED static void *counted(void *block) {
    live_blocks += block != NULL;
    return block;
}

REPLACES void *malloc(size_t size) {
    return must_fail(size) ? NULL : counted(REAL(malloc)(size));
}

REPLACES void *calloc(size_t count, size_t size) {
    return must_fail(count * size) ? NULL : counted(REAL(calloc)(count, size));
}

REPLACES void *realloc(void *block, size_t size) {
    if (must_fail(size)) {
        return NULL;
    }
    void *const moved = REAL(realloc)(block, size);
    live_blocks += !block && moved;
    live_blocks -= block && !moved && size == 0;
    return moved;
}

REPLACES void *memalign(size_t alignment, size_t size) {
    return must_fail(size) ? NULL : counted(REAL(memalign)(alignment, size));
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

#ifdef SANITIZED
void *__interceptor_mmap(void *address, size_t size, int protection, int flags, int file,
                         off_t offset);
int __interceptor_munmap(void *address, size_t size);
#define REAL_MMAP __interceptor_mmap
#define REAL_MUNMAP __interceptor_munmap
#else
#define REAL_MMAP(...) (void *)syscall(SYS_mmap, __VA_ARGS__)
#define REAL_MUNMAP(...) (int)syscall(SYS_munmap, __VA_ARGS__)
#endif

REPLACES void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    void *const mapping =
        must_fail(size) ? MAP_FAILED : REAL_MMAP(address, size, protection, flags, file, offset);
    live_mapped_bytes += mapping == MAP_FAILED ? 0 : size;
    return mapping;
}

// The same, called so by libraries built for large files.
REPLACES void *mmap64(void *address, size_t size, int protection, int flags, int file,
                      off_t offset) {
    return mmap(address, size, protection, flags, file, offset);
}

REPLACES int munmap(void *address, size_t size) {
    live_mapped_bytes -= size;
    return REAL_MUNMAP(address, size);
}
