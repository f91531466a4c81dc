// SPDX-License-Identifier: Apache-2.0
// A Gaussian blur, wide in proportion to the picture; its edges repeat.
#include "host/corruption/kinds.h"

#include <math.h>
#include <stdlib.h>

/// Of the shorter side.
static const double deviations[MIEN_SEVERITY_MOST] = {0.01, 0.015, 0.02, 0.03, 0.04};

/// Half a kernel: weights[0] is the middle's. They sum to 1 with the other half.
static double *make_kernel(double deviation, size_t *radius) {
    *radius = (size_t)ceil(3 * deviation);
    double *const weights = calloc(*radius + 1, sizeof *weights);
    double sum = 0;
    for (size_t i = 0; weights && i <= *radius; i++) {
        weights[i] = exp(-0.5 * (double)(i * i) / (deviation * deviation));
        sum += i ? 2 * weights[i] : weights[i];
    }
    for (size_t i = 0; weights && i <= *radius; i++) {
        weights[i] /= sum;
    }
    return weights;
}

/// One line of `count` values `stride` apart, from `from` to `to`.
static void blur_line(const float *from, float *to, size_t count, size_t stride,
                      const double *weights, size_t radius) {
    for (size_t i = 0; i < count; i++) {
        double sum = weights[0] * (double)from[i * stride];
        for (size_t k = 1; k <= radius; k++) {
            const size_t before = i < k ? 0 : i - k, after = i + k < count ? i + k : count - 1;
            sum += weights[k] * ((double)from[before * stride] + (double)from[after * stride]);
        }
        to[i * stride] = (float)sum;
    }
}

mien_status mien_corrupt_blur(mien_image *image, uint32_t severity, gsl_rng *random,
                              mien_error *error) {
    (void)random;
    const size_t channels = image->channels, row = image->width * channels;
    const size_t count = image->height * row;
    const uint32_t shorter = image->height < image->width ? image->height : image->width;
    size_t radius = 0;
    double *const weights = make_kernel(deviations[severity - 1] * shorter, &radius);
    float *const values = calloc(count, 2 * sizeof *values), *const across = values + count;
    if (!weights || !values) {
        free(weights);
        free(values);
        return mien_fail_memory(error, "a blurred picture");
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = image->pixels[i];
    }
    for (size_t i = 0; i < image->height * channels; i++) {
        const size_t start = i / channels * row + i % channels;
        blur_line(values + start, across + start, image->width, channels, weights, radius);
    }
    for (size_t i = 0; i < row; i++) {
        blur_line(across + i, values + i, image->height, row, weights, radius);
    }
    for (size_t i = 0; i < count; i++) {
        image->pixels[i] = mien_corrupt_byte((double)values[i]);
    }
    free(weights);
    free(values);
    return MIEN_OK;
}
