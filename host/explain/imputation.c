// SPDX-License-Identifier: Apache-2.0
#include "host/explain/imputation.h"

#include "host/explain/random.h"

static const struct neighbour {
    int down, across;
    float weight;
} neighbours[] = {
    {-1, 0, 2}, {1, 0, 2}, {0, -1, 2}, {0, 1, 2}, {-1, -1, 1}, {-1, 1, 1}, {1, -1, 1}, {1, 1, 1},
};

/// The weighted mean of a number's neighbours inside the picture.
static float mean_around(const float *picture, const mien_extents *e, size_t y, size_t x,
                         size_t c) {
    float total = 0, weights = 0;
    for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; i++) {
        size_t row = y + (size_t)neighbours[i].down, column = x + (size_t)neighbours[i].across;
        if (row < e->height && column < e->width) { // before 0 comes SIZE_MAX
            total += neighbours[i].weight * picture[(row * e->width + column) * e->channels + c];
            weights += neighbours[i].weight;
        }
    }
    return weights > 0 ? total / weights : picture[c];
}

/// One sweep of successive over-relaxation; returns the largest change.
static float sweep(float *picture, const bool *missing, const mien_extents *e) {
    static const float relaxation = 1.8f;
    float most = 0;
    for (size_t pixel = 0; pixel < e->height * e->width; pixel++) {
        for (size_t c = 0; c < e->channels && missing[pixel]; c++) {
            float *value = &picture[pixel * e->channels + c];
            float mean = mean_around(picture, e, pixel / e->width, pixel % e->width, c);
            float change = relaxation * (mean - *value);
            *value += change;
            most = fmaxf(most, fabsf(change));
        }
    }
    return most;
}

void mien_impute(float *picture, const bool *missing, const mien_extents *extents, float noise,
                 uint64_t seed) {
    enum { MOST_SWEEPS = 200 };
    static const float settled = 0.1f; // of the noise, which hides what is left
    for (int i = 0; i < MOST_SWEEPS && sweep(picture, missing, extents) > settled * noise; i++) {
    }
    uint64_t state = seed;
    for (size_t i = 0; i < extents->height * extents->width * extents->channels; i++) {
        if (missing[i / extents->channels]) {
            picture[i] += noise * (float)mien_random_normal(&state);
        }
    }
}

static size_t within(size_t index, size_t extent) {
    return index < extent ? index : extent - 1;
}

/// One box filter along lines of `count` numbers that are `step` apart.
static void box(const float *source, float *target, size_t count, size_t step, size_t radius) {
    for (size_t i = 0; i < count; i++) {
        float total = 0;
        for (size_t k = 0; k <= 2 * radius; k++) {
            size_t at = i + k < radius ? 0 : within(i + k - radius, count);
            total += source[at * step];
        }
        target[i * step] = total / (float)(2 * radius + 1);
    }
}

void mien_blur(float *picture, const mien_extents *e, size_t radius, float *scratch) {
    for (int turn = 0; turn < 3; turn++) {
        for (size_t row = 0; row < e->height; row++) {
            for (size_t c = 0; c < e->channels; c++) {
                size_t first = row * e->width * e->channels + c;
                box(picture + first, scratch + first, e->width, e->channels, radius);
            }
        }
        for (size_t first = 0; first < e->width * e->channels; first++) {
            box(scratch + first, picture + first, e->height, e->width * e->channels, radius);
        }
    }
}
