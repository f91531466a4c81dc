// SPDX-License-Identifier: Apache-2.0
// pthreadpool does not ask whether its threads were started, and waits for ever for one that was
// not. So as many are started beforehand, all at once. The C library keeps the stacks of the first
// few for those that follow.
#include "zoo/xnn/threads.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void *wait_for_all(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

static mien_status try_threads(uint32_t count, mien_error *error) {
    pthread_t *threads = calloc(count, sizeof *threads);
    if (!threads) {
        return mien_fail_memory(error, "threads");
    }
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&gate);
    uint32_t started = 0;
    int fault = 0;
    while (started < count && fault == 0) {
        fault = pthread_create(&threads[started], NULL, wait_for_all, &gate);
        started += fault == 0;
    }
    pthread_mutex_unlock(&gate);
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&gate);
    free(threads);
    if (fault) {
        return mien_fail(error, MIEN_INTERNAL, "cannot start %u threads, only %u: %s", count + 1,
                         started + 1, strerror(fault));
    }
    return MIEN_OK;
}

mien_status mien_threads_create(uint32_t threads, pthreadpool_t *pool, mien_error *error) {
    mien_status status = try_threads(threads - 1, error);
    if (status != MIEN_OK) {
        return status;
    }
    *pool = pthreadpool_create(threads);
    return *pool ? MIEN_OK : mien_fail_memory(error, "a thread pool");
}
