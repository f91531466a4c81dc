// SPDX-License-Identifier: Apache-2.0
// Gaussian noise on every value.
#include "host/corruption/kinds.h"

#include <gsl/gsl_randist.h>

/// Of values from 0 to 1.
static const double deviations[MIEN_SEVERITY_MOST] = {0.04, 0.08, 0.12, 0.15, 0.18};

mien_status mien_corrupt_noise(mien_image *image, uint32_t severity, gsl_rng *random,
                               mien_error *error) {
    (void)error;
    const double deviation = 255 * deviations[severity - 1];
    const size_t count = (size_t)image->height * image->width * image->channels;
    for (size_t i = 0; i < count; i++) {
        image->pixels[i] =
            mien_corrupt_byte(image->pixels[i] + gsl_ran_gaussian_ziggurat(random, deviation));
    }
    return MIEN_OK;
}
