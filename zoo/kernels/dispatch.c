// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/kernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern const mien_kernels mien_kernel_all_baseline;
static const mien_kernels *chosen = &mien_kernel_all_baseline;

#if defined(__x86_64__)
extern const mien_kernels mien_kernel_all_avx2;
extern const mien_kernels mien_kernel_all_avx512;

// __builtin_cpu_supports() also asks whether the operating system saves the registers.
static void choose(void) {
    // The most that may be used, so that a machine can test what another one runs.
    const char *most = getenv("MIEN_MAX_ISA");
    if (most && strcmp(most, "baseline") == 0) {
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("f16c")) {
        chosen = &mien_kernel_all_avx2;
    }
    if (most && strcmp(most, "avx2") == 0) {
        return;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        chosen = &mien_kernel_all_avx512;
    }
}
#else
static void choose(void) {}
#endif

const mien_kernels *mien_kernels_get(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return chosen;
}
