// SPDX-License-Identifier: Apache-2.0
// PNG through libspng.
#include "zoo/image/internal.h"
#include "zoo/image/memory.h"

#include <spng.h>

// Bounds what compressed text and colour profiles may unpack to; pixels are bounded by size.
enum { MAX_CHUNK_BYTES = 64 << 20 };

static mien_status fail_png(int code, mien_error *error) {
    if (mien_memory_lacked()) { // whatever it was taken for
        return mien_fail_memory(error, "decoding a PNG");
    }
    switch (code) {
    case SPNG_EOF:
    case SPNG_IO_EOF:
        return mien_fail(error, MIEN_BAD_INPUT, "PNG is truncated");
    case SPNG_EOVERFLOW:
        return mien_fail(error, MIEN_BAD_INPUT, "PNG says it has more pixels than memory can hold");
    default:
        return mien_fail(error, MIEN_BAD_INPUT, "PNG cannot be decoded (%s)", spng_strerror(code));
    }
}

static uint8_t over_white(uint32_t value, uint32_t alpha) {
    return (uint8_t)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

// Lays RGBA over white, in place, and keeps one channel where the three are known to be equal.
static void flatten(mien_image *image, uint32_t channels) {
    size_t count = (size_t)image->width * image->height;
    uint8_t *target = image->pixels;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixel = image->pixels + 4 * i;
        uint32_t alpha = pixel[3];
        for (uint32_t c = 0; c < channels; c++) {
            *target++ = over_white(pixel[c], alpha);
        }
    }
    mien_image_shrink(image, channels);
}

static int choose_format(const struct spng_ihdr *header, bool opaque) {
    switch (header->color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE:
        return opaque && header->bit_depth <= 8 ? SPNG_FMT_G8 : SPNG_FMT_RGBA8;
    case SPNG_COLOR_TYPE_TRUECOLOR:
    case SPNG_COLOR_TYPE_INDEXED:
        return opaque ? SPNG_FMT_RGB8 : SPNG_FMT_RGBA8;
    default:
        return SPNG_FMT_RGBA8;
    }
}

// The EXIF chunk may follow the pixels; what is wrong with chunks down there harms no pixel.
static mien_status read_orientation(spng_ctx *png, int *orientation, mien_error *error) {
    struct spng_exif exif;
    int code = spng_get_exif(png, &exif);
    if (code == SPNG_ECHUNKAVAIL) {
        code = spng_decode_chunks(png);
        code = code == 0 ? spng_get_exif(png, &exif) : code;
    }
    if (mien_memory_lacked()) {
        return fail_png(code, error);
    }
    if (code != 0) {
        *orientation = MIEN_ORIENTATION_UPRIGHT;
        return MIEN_OK;
    }
    return mien_orientation_of_tiff((const uint8_t *)exif.data, exif.length, orientation, error);
}

static mien_status decode(spng_ctx *png, const uint8_t *bytes, size_t size,
                          const mien_image_limits *limits, mien_image *image, mien_error *error) {
    struct spng_ihdr header;
    int code = spng_set_chunk_limits(png, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES);
    if (code == 0) {
        code = spng_set_png_buffer(png, bytes, size);
    }
    if (code == 0) {
        code = spng_get_ihdr(png, &header);
    }
    if (code != 0) {
        return fail_png(code, error);
    }
    mien_status status = mien_image_check_size(header.width, header.height, limits, error);
    if (status != MIEN_OK) {
        return status;
    }
    bool gray = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    struct spng_trns transparency;
    code = spng_get_trns(png, &transparency);
    if (code != 0 && code != SPNG_ECHUNKAVAIL) {
        return fail_png(code, error);
    }
    int format = choose_format(&header, code != 0);
    uint32_t channels = format == SPNG_FMT_G8 ? 1 : format == SPNG_FMT_RGB8 ? 3 : 4;
    status = mien_image_allocate(image, header.width, header.height, channels, error);
    if (status != MIEN_OK) {
        return status;
    }
    code = spng_decode_image(png, image->pixels, (size_t)header.width * header.height * channels,
                             format, SPNG_DECODE_TRNS);
    if (code != 0) {
        return fail_png(code, error);
    }
    if (channels == 4) {
        flatten(image, gray ? 1 : 3);
    }
    return MIEN_OK;
}

mien_status mien_decode_png(const uint8_t *bytes, size_t size, const mien_image_limits *limits,
                            mien_image *image, int *orientation, mien_error *error) {
    spng_ctx *png = mien_memory_png(0);
    if (!png) {
        return mien_fail_memory(error, "a PNG decoder");
    }
    mien_status status = decode(png, bytes, size, limits, image, error);
    if (status == MIEN_OK) {
        status = read_orientation(png, orientation, error);
    }
    if (status != MIEN_OK) {
        mien_image_free(image);
    }
    spng_ctx_free(png);
    return status;
}
