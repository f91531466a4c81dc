// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/rows.h"

#include "tools/train/core/engine/kernels.h"
#include "tools/train/core/engine/parallel.h"

#include <string.h>

void mien_add_rows(const float *a, const float *b, float *y, size_t count) {
    const mien_train_kernels *kernels = mien_train_kernels_get();
#pragma omp parallel
    {
        const mien_slice part = mien_my_slice(count);
        kernels->add(a + part.begin, b + part.begin, y + part.begin, part.end - part.begin);
    }
}

void mien_copy_rows(float *y, const float *x, size_t count) {
#pragma omp parallel
    {
        const mien_slice part = mien_my_slice(count);
        memcpy(y + part.begin, x + part.begin, (part.end - part.begin) * sizeof *y);
    }
}
