// SPDX-License-Identifier: Apache-2.0
// Recognises the format, lets its codec decode, and turns the picture upright.
#include "zoo/image/internal.h"

#include <string.h>

typedef struct signature {
    const char *name;
    size_t offset, size;
    const char *bytes;
} signature;

static const signature jpeg = {"JPEG", 0, 3, "\xFF\xD8\xFF"};
static const signature png = {"PNG", 0, 8, "\x89PNG\r\n\x1A\n"};

// Formats that people do have pictures in: naming one says more than "not a picture".
static const signature unsupported[] = {
    {"GIF", 0, 4, "GIF8"},         {"WebP", 8, 4, "WEBP"},
    {"HEIC", 4, 7, "ftyphei"},     {"HEIF", 4, 7, "ftypmif"},
    {"AVIF", 4, 8, "ftypavif"},    {"BMP", 0, 2, "BM"},
    {"TIFF", 0, 4, "II*\0"},       {"TIFF", 0, 4, "MM\0*"},
    {"JPEG XL", 0, 2, "\xFF\x0A"}, {"JPEG XL", 4, 8, "JXL \r\n\x87\n"},
    {"JPEG 2000", 4, 4, "jP  "},   {"PDF", 0, 5, "%PDF-"},
};

static bool has_signature(const uint8_t *bytes, size_t size, const signature *format) {
    return size >= format->offset + format->size &&
           memcmp(bytes + format->offset, format->bytes, format->size) == 0;
}

static mien_status fail_unknown(const uint8_t *bytes, size_t size, mien_error *error) {
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
        if (has_signature(bytes, size, &unsupported[i])) {
            return mien_fail(error, MIEN_BAD_INPUT, "is a %s file; JPEG and PNG can be read",
                             unsupported[i].name);
        }
    }
    return mien_fail(error, MIEN_BAD_INPUT, "is neither a JPEG nor a PNG");
}

mien_status mien_image_decode(const void *bytes, size_t size, const mien_image_limits *limits,
                              mien_image *image, mien_error *error) {
    if (!image || (!bytes && size > 0)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "decoding needs bytes and an image");
    }
    *image = (mien_image){0};
    if (size == 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "is empty; a JPEG or PNG is needed");
    }
    if (size > mien_image_max_file_bytes(limits)) {
        return mien_fail(error, MIEN_BAD_INPUT, "is %zu bytes large; at most %llu are accepted",
                         size, (unsigned long long)mien_image_max_file_bytes(limits));
    }
    mien_image stored = {0};
    int orientation = MIEN_ORIENTATION_UPRIGHT;
    mien_status status;
    if (has_signature(bytes, size, &jpeg)) {
        status = mien_decode_jpeg(bytes, size, limits, &stored, &orientation, error);
    } else if (has_signature(bytes, size, &png)) {
        status = mien_decode_png(bytes, size, limits, &stored, &orientation, error);
    } else {
        status = fail_unknown(bytes, size, error);
    }
    if (status == MIEN_OK) {
        status = mien_orientation_apply(&stored, orientation, error);
    }
    if (status != MIEN_OK) {
        mien_image_free(&stored);
        return status;
    }
    *image = stored;
    return MIEN_OK;
}
