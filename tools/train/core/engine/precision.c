// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/network.h"

bool mien_precision_pays(mien_precision precision) {
    if (precision == MIEN_PRECISION_F32) {
        return true;
    }
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}
