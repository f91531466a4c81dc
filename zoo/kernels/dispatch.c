// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/kernels.h"

#if defined(__x86_64__)
#define MIEN_HAS_X86 1
#endif

extern const mien_kernels mien_kernel_all_baseline;
#ifdef MIEN_HAS_X86
extern const mien_kernels mien_kernel_all_avx2;
extern const mien_kernels mien_kernel_all_avx512;
#endif

const mien_kernels *mien_kernels_get(void) {
#ifdef MIEN_HAS_X86
    // These also ask whether the operating system saves the registers. Each is a test of a bit the
    // C library found at start, so there is nothing to remember.
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        return &mien_kernel_all_avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("f16c")) {
        return &mien_kernel_all_avx2;
    }
#endif
    return &mien_kernel_all_baseline;
}
