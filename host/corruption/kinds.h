// SPDX-License-Identifier: Apache-2.0
/// @file
/// Each corruption by itself, all in place. `severity` is 1 to MIEN_SEVERITY_MOST.
#ifndef MIEN_HOST_CORRUPTION_KINDS_H
#define MIEN_HOST_CORRUPTION_KINDS_H

#include "host/corruption/corruption.h"

#include <gsl/gsl_rng.h>

mien_status mien_corrupt_blur(mien_image *image, uint32_t severity, gsl_rng *random,
                              mien_error *error);
mien_status mien_corrupt_noise(mien_image *image, uint32_t severity, gsl_rng *random,
                               mien_error *error);
mien_status mien_corrupt_jpeg(mien_image *image, uint32_t severity, gsl_rng *random,
                              mien_error *error);
mien_status mien_corrupt_brightness(mien_image *image, uint32_t severity, gsl_rng *random,
                                    mien_error *error);
mien_status mien_corrupt_rotation(mien_image *image, uint32_t severity, gsl_rng *random,
                                  mien_error *error);
mien_status mien_corrupt_occlusion(mien_image *image, uint32_t severity, gsl_rng *random,
                                   mien_error *error);

/// Nearest whole number in 0…255.
static inline uint8_t mien_corrupt_byte(double value) {
    return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)(value + 0.5);
}

#endif
