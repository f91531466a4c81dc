// SPDX-License-Identifier: Apache-2.0
// The picture itself: sizes, memory, cropping.
#include "zoo/image/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t default_max_file_bytes = UINT64_C(256) << 20;
static const uint64_t default_max_pixels = UINT64_C(100000000);

uint64_t mien_image_max_file_bytes(const mien_image_limits *limits) {
    return limits && limits->max_file_bytes ? limits->max_file_bytes : default_max_file_bytes;
}

uint64_t mien_image_max_pixels(const mien_image_limits *limits) {
    return limits && limits->max_pixels ? limits->max_pixels : default_max_pixels;
}

mien_status mien_image_check_size(uint64_t width, uint64_t height, const mien_image_limits *limits,
                                  mien_error *error) {
    if (width == 0 || height == 0) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "the picture's size is %" PRIu64 "x%" PRIu64 "; a side is at least 1",
                         width, height);
    }
    uint64_t pixels;
    uint64_t most = mien_image_max_pixels(limits);
    if (__builtin_mul_overflow(width, height, &pixels) || pixels > most) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "the picture says it has %" PRIu64 "x%" PRIu64 " pixels; at most %" PRIu64
                         " pixels are accepted",
                         width, height, most);
    }
    return MIEN_OK;
}

mien_status mien_image_allocate(mien_image *image, uint32_t width, uint32_t height,
                                uint32_t channels, mien_error *error) {
    size_t bytes;
    if (__builtin_mul_overflow((size_t)width, (size_t)height, &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)channels, &bytes) || bytes == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "no picture can be %ux%u with %u channels",
                         width, height, channels);
    }
    uint8_t *pixels = malloc(bytes);
    if (!pixels) {
        return mien_fail_memory(error, "a picture");
    }
    *image = (mien_image){.height = height, .width = width, .channels = channels, .pixels = pixels};
    return MIEN_OK;
}

mien_status mien_image_check(const mien_image *image, mien_error *error) {
    if (!image || !image->pixels || image->width == 0 || image->height == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "the picture is empty");
    }
    if (image->channels != 1 && image->channels != 3) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the picture has %u channels; it can have 1 or 3", image->channels);
    }
    return MIEN_OK;
}

void mien_image_shrink(mien_image *image, uint32_t channels) {
    image->channels = channels;
    uint8_t *pixels = realloc(image->pixels, (size_t)image->width * image->height * channels);
    if (pixels) { // else the larger block serves as well
        image->pixels = pixels;
    }
}

void mien_image_free(mien_image *image) {
    if (image) {
        free(image->pixels);
        *image = (mien_image){0};
    }
}

mien_status mien_image_crop(const mien_image *image, uint32_t x, uint32_t y, uint32_t width,
                            uint32_t height, mien_image *cropped, mien_error *error) {
    mien_status status = mien_image_check(image, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (width == 0 || height == 0 || x > image->width || y > image->height ||
        width > image->width - x || height > image->height - y) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the crop of %ux%u at (%u, %u) does not lie inside the picture of %ux%u",
                         width, height, x, y, image->width, image->height);
    }
    mien_image result;
    status = mien_image_allocate(&result, width, height, image->channels, error);
    if (status != MIEN_OK) {
        return status;
    }
    size_t source_row = (size_t)image->width * image->channels;
    size_t row = (size_t)width * image->channels;
    const uint8_t *source = image->pixels + y * source_row + (size_t)x * image->channels;
    for (uint32_t i = 0; i < height; i++) {
        memcpy(result.pixels + i * row, source + i * source_row, row);
    }
    *cropped = result;
    return MIEN_OK;
}
