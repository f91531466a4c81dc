// SPDX-License-Identifier: Apache-2.0
// Any bytes through both decoders, EXIF, and the way into a network's input.
#include "mien/image.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const mien_image_limits limits = {.max_pixels = 1 << 18}; // larger ones only cost time
    mien_image image;
    mien_error error = MIEN_ERROR_INIT;
    if (mien_image_decode(bytes, size, &limits, &image, &error) != MIEN_OK) {
        if (error.status == MIEN_OK || !memchr(error.message, '\0', sizeof error.message) ||
            image.pixels) {
            abort(); // a failure must say why, and leave nothing
        }
        return 0;
    }
    float input[24 * 20 * 3];
    mien_input_spec spec = {
        .size = sizeof spec,
        .height = 20,
        .width = 24,
        .channels = 3,
        .color = (mien_color)(size % 3),
        .crop_fraction = 0.875F,
        .std = {1, 1, 1},
    };
    for (int rule = MIEN_RESIZE_STRETCH; rule <= MIEN_RESIZE_LETTERBOX; rule++) {
        spec.resize = (mien_resize)rule;
        if (mien_image_to_input(&image, &spec, input, &error) != MIEN_OK) {
            abort(); // every picture that decodes can be used
        }
    }
    mien_image_free(&image);
    return 0;
}
