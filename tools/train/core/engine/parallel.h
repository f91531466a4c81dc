// SPDX-License-Identifier: Apache-2.0
/// @file
/// OpenMP, or one thread where the compiler has none that oneDNN shares.
///
///     #pragma omp parallel
///     {
///         mien_slice rows = mien_my_slice(count);
///         for (size_t i = rows.begin; i < rows.end; i++) …
///     }
///
/// The slice depends on the number of threads alone, never on timing.
#ifndef MIEN_TRAIN_ENGINE_PARALLEL_H
#define MIEN_TRAIN_ENGINE_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

#if defined(_OPENMP)
#include <omp.h>
#endif

typedef struct mien_slice {
    size_t begin, end;
} mien_slice;

/// Threads of following parallel regions, oneDNN's included, that this thread starts.
static inline void mien_team_size(uint32_t threads) {
#if defined(_OPENMP)
    omp_set_num_threads((int)threads);
#else
    (void)threads;
#endif
}

/// One a processor.
static inline uint32_t mien_team_default(void) {
#if defined(_OPENMP)
    return (uint32_t)omp_get_num_procs();
#else
    return 1;
#endif
}

/// Threads of the region that this is called in.
static inline uint32_t mien_team(void) {
#if defined(_OPENMP)
    return (uint32_t)omp_get_num_threads();
#else
    return 1;
#endif
}

/// Which thread of the team this is.
static inline uint32_t mien_my_number(void) {
#if defined(_OPENMP)
    return (uint32_t)omp_get_thread_num();
#else
    return 0;
#endif
}

/// This thread's part of `count` things.
static inline mien_slice mien_my_slice(size_t count) {
    const size_t team = mien_team(), me = mien_my_number();
    const size_t each = count / team, more = count % team;
    const size_t begin = me * each + (me < more ? me : more);
    return (mien_slice){begin, begin + each + (me < more)};
}

#endif
