// SPDX-License-Identifier: Apache-2.0
// Turned about the middle, to the left or to the right; edges repeat where the picture ends.
#include "host/corruption/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double degrees[MIEN_SEVERITY_MOST] = {5, 10, 15, 20, 30};

static double within(double at, uint32_t extent) {
    return at < 0 ? 0 : at > extent - 1 ? extent - 1 : at;
}

/// Bilinear, of one channel.
static double sample(const mien_image *image, double x, double y, uint32_t channel) {
    const double inside_x = within(x, image->width), inside_y = within(y, image->height);
    const size_t left = (size_t)inside_x, top = (size_t)inside_y;
    const size_t right = left + 1 < image->width ? left + 1 : left;
    const size_t bottom = top + 1 < image->height ? top + 1 : top;
    const double across = inside_x - (double)left, down = inside_y - (double)top;
    const size_t channels = image->channels, row = image->width * channels;
    const uint8_t *const pixels = image->pixels + channel;
    const double upper = pixels[top * row + left * channels] * (1 - across) +
                         pixels[top * row + right * channels] * across;
    const double lower = pixels[bottom * row + left * channels] * (1 - across) +
                         pixels[bottom * row + right * channels] * across;
    return upper * (1 - down) + lower * down;
}

mien_status mien_corrupt_rotation(mien_image *image, uint32_t severity, gsl_rng *random,
                                  mien_error *error) {
    const bool left = gsl_rng_uniform(random) < 0.5;
    const double angle = degrees[severity - 1] * (left ? -1 : 1) * acos(-1.0) / 180;
    const double sine = sin(angle), cosine = cos(angle);
    const double middle_x = (image->width - 1) / 2.0, middle_y = (image->height - 1) / 2.0;
    const size_t bytes = (size_t)image->height * image->width * image->channels;
    uint8_t *const turned = malloc(bytes), *next = turned;
    if (!turned) {
        return mien_fail_memory(error, "a turned picture");
    }
    for (uint32_t y = 0; y < image->height; y++) {
        for (uint32_t x = 0; x < image->width; x++) {
            const double dx = x - middle_x, dy = y - middle_y;
            for (uint32_t k = 0; k < image->channels; k++) {
                *next++ = mien_corrupt_byte(sample(image, middle_x + cosine * dx + sine * dy,
                                                   middle_y - sine * dx + cosine * dy, k));
            }
        }
    }
    memcpy(image->pixels, turned, bytes);
    free(turned);
    return MIEN_OK;
}
