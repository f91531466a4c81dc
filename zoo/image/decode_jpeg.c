// SPDX-License-Identifier: Apache-2.0
// JPEG through libjpeg-turbo's TurboJPEG interface.
#include "zoo/image/internal.h"

#include <limits.h>
#include <string.h>
#include <turbojpeg.h>

// Looks backwards, as metadata ahead of the picture may hold a whole JPEG as its thumbnail.
static size_t find_last_marker(const uint8_t *bytes, size_t size, uint8_t code) {
    for (size_t i = size; i >= 2; i--) {
        if (bytes[i - 2] == 0xFF && bytes[i - 1] == code) {
            return i - 2;
        }
    }
    return 0;
}

// True when the end of the picture follows its pixels, which no byte pair in them can imitate.
static bool is_complete(const uint8_t *bytes, size_t size) {
    const uint8_t start_of_scan = 0xDA, end_of_image = 0xD9;
    return find_last_marker(bytes, size, end_of_image) >
           find_last_marker(bytes, size, start_of_scan);
}

// Of a truncated file TurboJPEG may report whatever its missing bytes look like instead.
static mien_status fail_jpeg(tjhandle decoder, const uint8_t *bytes, size_t size,
                             mien_error *error) {
    const char *reason = tjGetErrorStr2(decoder);
    if (strstr(reason, "Insufficient memory") || strstr(reason, "Memory allocation failure")) {
        return mien_fail_memory(error, "decoding a JPEG");
    }
    if (strstr(reason, "Premature end") || !is_complete(bytes, size)) {
        return mien_fail(error, MIEN_BAD_INPUT, "JPEG is truncated (%s)", reason);
    }
    return mien_fail(error, MIEN_BAD_INPUT, "JPEG cannot be decoded (%s)", reason);
}

// TurboJPEG reports only the first warning of a file. One is harmless and common in files of some
// cameras, surplus bytes ahead of a marker; then the end of the file still has to be there.
static bool is_harmless_warning(tjhandle decoder, const uint8_t *bytes, size_t size) {
    return tjGetErrorCode(decoder) == TJERR_WARNING &&
           strstr(tjGetErrorStr2(decoder), "extraneous bytes before marker") &&
           is_complete(bytes, size);
}

// Adobe's CMYK, which is what CMYK in a JPEG is in practice, is stored inverted: 255 is no ink.
static void convert_cmyk(mien_image *image) {
    size_t count = (size_t)image->width * image->height;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *inks = image->pixels + 4 * i;
        uint32_t black = inks[3];
        uint32_t red = inks[0] * black, green = inks[1] * black, blue = inks[2] * black;
        image->pixels[3 * i] = (uint8_t)((red + 127) / 255);
        image->pixels[3 * i + 1] = (uint8_t)((green + 127) / 255);
        image->pixels[3 * i + 2] = (uint8_t)((blue + 127) / 255);
    }
    mien_image_shrink(image, 3);
}

static mien_status decode(tjhandle decoder, const uint8_t *bytes, size_t size,
                          const mien_image_limits *limits, mien_image *image, mien_error *error) {
    int width = 0, height = 0, subsampling = -1, colorspace = -1;
    int result =
        tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &colorspace);
    // An unusual chroma subsampling fails here after filling in the rest, and decodes well.
    if (result != 0 && (width < 1 || height < 1 || colorspace < 0)) {
        return fail_jpeg(decoder, bytes, size, error);
    }
    if (width < 1 || height < 1) { // only tables
        return mien_fail(error, MIEN_BAD_INPUT, "JPEG is truncated, or holds no picture");
    }
    mien_status status = mien_image_check_size((uint64_t)width, (uint64_t)height, limits, error);
    if (status != MIEN_OK) {
        return status;
    }
    bool four_inks = colorspace == TJCS_CMYK || colorspace == TJCS_YCCK;
    int format = four_inks ? TJPF_CMYK : colorspace == TJCS_GRAY ? TJPF_GRAY : TJPF_RGB;
    status = mien_image_allocate(image, (uint32_t)width, (uint32_t)height,
                                 (uint32_t)tjPixelSize[format], error);
    if (status != MIEN_OK) {
        return status;
    }
    // The limit on scans stops small files that would take minutes.
    result = tjDecompress2(decoder, bytes, size, image->pixels, width, 0, height, format,
                           TJFLAG_LIMITSCANS);
    if (result != 0 && !is_harmless_warning(decoder, bytes, size)) {
        return fail_jpeg(decoder, bytes, size, error);
    }
    if (four_inks) {
        convert_cmyk(image);
    }
    return MIEN_OK;
}

mien_status mien_decode_jpeg(const uint8_t *bytes, size_t size, const mien_image_limits *limits,
                             mien_image *image, int *orientation, mien_error *error) {
    tjhandle decoder = tjInitDecompress();
    if (!decoder) {
        return mien_fail_memory(error, "a JPEG decoder");
    }
    mien_status status = decode(decoder, bytes, size, limits, image, error);
    tjDestroy(decoder);
    if (status == MIEN_OK) {
        status = mien_orientation_of_jpeg(bytes, size, orientation, error);
    }
    if (status != MIEN_OK) {
        mien_image_free(image);
    }
    return status;
}
