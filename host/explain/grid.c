// SPDX-License-Identifier: Apache-2.0
#include "host/explain/grid.h"

#include <string.h>

/// The two neighbours of a target's centre along an axis, and how much of the second counts.
static float neighbours(uint32_t index, uint32_t extent, uint32_t target, size_t *first,
                        size_t *second) {
    double at = ((double)index + 0.5) * extent / target - 0.5;
    at = at < 0 ? 0 : at > extent - 1.0 ? extent - 1.0 : at;
    *first = (size_t)at;
    *second = *first + 1 < extent ? *first + 1 : *first;
    return (float)(at - (double)*first);
}

void mien_grid_resize(const float *map, uint32_t height, uint32_t width, float *target,
                      uint32_t target_height, uint32_t target_width) {
    for (uint32_t y = 0; y < target_height; y++) {
        size_t above, below;
        float down = neighbours(y, height, target_height, &above, &below);
        for (uint32_t x = 0; x < target_width; x++) {
            size_t left, right;
            float across = neighbours(x, width, target_width, &left, &right);
            const float *upper = map + above * width, *lower = map + below * width;
            float top = upper[left] + (upper[right] - upper[left]) * across;
            float bottom = lower[left] + (lower[right] - lower[left]) * across;
            target[(size_t)y * target_width + x] = top + (bottom - top) * down;
        }
    }
}

void mien_grid_mirror(const float *source, size_t rows, size_t width, size_t channels,
                      float *target) {
    for (size_t row = 0; row < rows; row++) {
        for (size_t x = 0; x < width; x++) {
            memcpy(target + (row * width + width - 1 - x) * channels,
                   source + (row * width + x) * channels, channels * sizeof *target);
        }
    }
}
