// SPDX-License-Identifier: Apache-2.0
// For the thread sanitizer, which cannot see how pthreadpool synchronises, as the library is not
// built for it: these stand before the functions that libmien calls, and say what pthreadpool
// promises. What was written before a call is seen by its tasks; what its tasks wrote is seen after
// it. Between tasks nothing is promised, so races among them are found.
#include <dlfcn.h>
#include <pthreadpool.h>
#include <sanitizer/tsan_interface.h>
#include <stdlib.h>

#define REPLACES __attribute__((visibility("default")))

typedef void any_function(void);

typedef struct region {
    any_function *task;
    void *context;
    char begin, end; // only their addresses count
} region;

static any_function *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        abort();
    }
    return (any_function *)found;
}

// A task of the caller's type, between the two promises.
#define AS_TASK(type, ...)                                                                         \
    region *const here = user;                                                                     \
    __tsan_acquire(&here->begin);                                                                  \
    ((type)here->task)(here->context, __VA_ARGS__);                                                \
    __tsan_release(&here->end)

// The library's function on that task.
#define AS_CALL(name, task_here, ...)                                                              \
    region here = {.task = (any_function *)task, .context = context};                              \
    __tsan_release(&here.begin);                                                                   \
    ((__typeof__(&name))next(#name))(pool, task_here, &here, __VA_ARGS__);                         \
    __tsan_acquire(&here.end)

static void task_1d(void *user, size_t i) {
    AS_TASK(pthreadpool_task_1d_t, i);
}

REPLACES void pthreadpool_parallelize_1d(pthreadpool_t pool, pthreadpool_task_1d_t task,
                                         void *context, size_t range, uint32_t flags) {
    AS_CALL(pthreadpool_parallelize_1d, task_1d, range, flags);
}

static void task_1d_with_thread(void *user, size_t thread, size_t i) {
    AS_TASK(pthreadpool_task_1d_with_thread_t, thread, i);
}

REPLACES void pthreadpool_parallelize_1d_with_thread(pthreadpool_t pool,
                                                     pthreadpool_task_1d_with_thread_t task,
                                                     void *context, size_t range, uint32_t flags) {
    AS_CALL(pthreadpool_parallelize_1d_with_thread, task_1d_with_thread, range, flags);
}

static void task_2d(void *user, size_t i, size_t j) {
    AS_TASK(pthreadpool_task_2d_t, i, j);
}

REPLACES void pthreadpool_parallelize_2d(pthreadpool_t pool, pthreadpool_task_2d_t task,
                                         void *context, size_t rows, size_t columns,
                                         uint32_t flags) {
    AS_CALL(pthreadpool_parallelize_2d, task_2d, rows, columns, flags);
}

static void task_2d_tile_1d(void *user, size_t i, size_t j, size_t tile) {
    AS_TASK(pthreadpool_task_2d_tile_1d_t, i, j, tile);
}

REPLACES void pthreadpool_parallelize_2d_tile_1d(pthreadpool_t pool,
                                                 pthreadpool_task_2d_tile_1d_t task, void *context,
                                                 size_t rows, size_t columns, size_t tile,
                                                 uint32_t flags) {
    AS_CALL(pthreadpool_parallelize_2d_tile_1d, task_2d_tile_1d, rows, columns, tile, flags);
}
