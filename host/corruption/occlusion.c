// SPDX-License-Identifier: Apache-2.0
// A grey patch of the picture's own shape, somewhere inside it.
#include "host/corruption/kinds.h"

#include <math.h>
#include <string.h>

/// Part of the area.
static const double shares[MIEN_SEVERITY_MOST] = {0.05, 0.1, 0.2, 0.3, 0.4};

static const int grey = 128;

static uint32_t part_of(uint32_t side, double scale) {
    const uint32_t part = (uint32_t)lround(side * scale);
    return part ? part : 1;
}

mien_status mien_corrupt_occlusion(mien_image *image, uint32_t severity, gsl_rng *random,
                                   mien_error *error) {
    (void)error;
    const double scale = sqrt(shares[severity - 1]);
    const uint32_t width = part_of(image->width, scale), height = part_of(image->height, scale);
    const size_t left = (size_t)(gsl_rng_uniform(random) * (image->width - width + 1));
    const size_t top = (size_t)(gsl_rng_uniform(random) * (image->height - height + 1));
    for (size_t y = top; y < top + height; y++) {
        memset(image->pixels + (y * image->width + left) * image->channels, grey,
               (size_t)width * image->channels);
    }
    return MIEN_OK;
}
