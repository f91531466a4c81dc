// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/kernels.h"
#include "zoo/kernels/kernels.h"

#include <pthread.h>
#include <string.h>

extern const mien_train_kernels mien_train_kernels_baseline;
#if defined(__x86_64__)
extern const mien_train_kernels mien_train_kernels_avx2, mien_train_kernels_avx512;
#endif

static const mien_train_kernels *const sets[] = {
#if defined(__x86_64__)
    &mien_train_kernels_avx512,
    &mien_train_kernels_avx2,
#endif
    &mien_train_kernels_baseline,
};
static const mien_train_kernels *chosen;

static void choose(void) {
    const size_t count = sizeof sets / sizeof *sets;
    const char *isa = mien_kernels_get()->isa;
    chosen = sets[count - 1];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(sets[i]->isa, isa) == 0) {
            chosen = sets[i];
        }
    }
}

const mien_train_kernels *mien_train_kernels_get(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return chosen;
}
