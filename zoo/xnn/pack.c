// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/pack.h"

#include "zoo/kernels/kernels.h"
#include "zoo/kernels/product.h"

size_t mien_packed_bytes(size_t depth, size_t columns) {
    size_t panel = mien_kernels_get()->product->panel;
    return (columns + panel - 1) / panel * panel * depth * sizeof(float);
}

void mien_pack(const float *weight, size_t columns, size_t channels, size_t taps, float *packed) {
    size_t panel = mien_kernels_get()->product->panel;
    for (size_t first = 0; first < columns; first += panel) {
        for (size_t lane = 0; lane < panel; lane++) {
            const float *source = weight + (first + lane) * channels * taps;
            for (size_t tap = 0; tap < taps; tap++) {
                float *target = packed + tap * channels * panel + lane;
                for (size_t c = 0; c < channels; c++) {
                    target[c * panel] = first + lane < columns ? source[c * taps + tap] : 0.0f;
                }
            }
        }
        packed += taps * channels * panel;
    }
}
