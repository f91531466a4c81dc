// SPDX-License-Identifier: Apache-2.0
// More light: the value of HSV rises, hue and saturation stay.
#include "host/corruption/kinds.h"

/// Of values from 0 to 1.
static const double steps[MIEN_SEVERITY_MOST] = {0.1, 0.2, 0.3, 0.4, 0.5};

/// The largest channel is the value; all are scaled alike. Black becomes grey.
static void brighten(uint8_t *pixel, uint32_t channels, double step) {
    uint8_t value = 0;
    for (uint32_t k = 0; k < channels; k++) {
        value = pixel[k] > value ? pixel[k] : value;
    }
    const double raised = value + step > 255 ? 255 : value + step;
    for (uint32_t k = 0; k < channels; k++) {
        pixel[k] = mien_corrupt_byte(value ? raised * pixel[k] / value : raised);
    }
}

mien_status mien_corrupt_brightness(mien_image *image, uint32_t severity, gsl_rng *random,
                                    mien_error *error) {
    (void)random;
    (void)error;
    const size_t count = (size_t)image->height * image->width;
    for (size_t i = 0; i < count; i++) {
        brighten(image->pixels + i * image->channels, image->channels, 255 * steps[severity - 1]);
    }
    return MIEN_OK;
}
