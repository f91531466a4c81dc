// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/vector.h"

#include <math.h>

INLINE float row_sum(const float *x, size_t count) {
    vector total[4] = {{0}};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t k = 0; k < 4; k++) {
            total[k] += load(x + i + k * LANES);
        }
    }
    for (; i + LANES <= count; i += LANES) {
        total[0] += load(x + i);
    }
    if (i < count) {
        total[1] += load_part(x + i, count - i);
    }
    return sum((total[0] + total[1]) + (total[2] + total[3]));
}

INLINE float row_squares(const float *x, size_t count, float mean) {
    vector total[4] = {{0}};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t k = 0; k < 4; k++) {
            vector away = load(x + i + k * LANES) - mean;
            total[k] += away * away;
        }
    }
    for (; i + LANES <= count; i += LANES) {
        vector away = load(x + i) - mean;
        total[0] += away * away;
    }
    float rest = 0;
    for (; i < count; i++) {
        rest += (x[i] - mean) * (x[i] - mean);
    }
    return sum((total[0] + total[1]) + (total[2] + total[3])) + rest;
}

void ISA(layer_norm)(const float *x, const float *weight, const float *bias, float *y, size_t rows,
                     size_t channels, float epsilon) {
    for (size_t row = 0; row < rows; row++, x += channels, y += channels) {
        float mean = row_sum(x, channels) / (float)channels;
        float variance = row_squares(x, channels, mean) / (float)channels;
        float scale = 1.0f / sqrtf(variance + epsilon);
        size_t c = 0;
        for (; c + LANES <= channels; c += LANES) {
            store(y + c, (load(x + c) - mean) * scale * load(weight + c) + load(bias + c));
        }
        if (c < channels) {
            size_t rest = channels - c;
            vector value = (load_part(x + c, rest) - mean) * scale * load_part(weight + c, rest);
            store_part(y + c, value + load_part(bias + c, rest), rest);
        }
    }
}

void ISA(mean_rows)(const float *x, float *y, size_t rows, size_t channels, size_t first,
                    size_t last) {
    size_t c = first;
    for (; c + 4 * LANES <= last; c += 4 * LANES) {
        vector total[4] = {{0}};
        for (size_t row = 0; row < rows; row++) {
            for (size_t k = 0; k < 4; k++) {
                total[k] += load(x + row * channels + c + k * LANES);
            }
        }
        for (size_t k = 0; k < 4; k++) {
            store(y + c + k * LANES, total[k] / (float)rows);
        }
    }
    for (; c < last; c += LANES) {
        size_t part = last - c < LANES ? last - c : LANES;
        vector total = {0};
        for (size_t row = 0; row < rows; row++) {
            total += load_part(x + row * channels + c, part);
        }
        store_part(y + c, total / (float)rows, part);
    }
}
