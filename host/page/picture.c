// SPDX-License-Identifier: Apache-2.0
// Pictures inside a page.
#include "host/page/page.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static const char jpeg[] = "data:image/jpeg;base64,", png[] = "data:image/png;base64,";
enum { QUALITY = 88, MOST_BYTES = 1 << 28 };

static mien_status encode(const mien_image *image, unsigned char **bytes, unsigned long *size,
                          mien_error *error) {
    const bool grey = image->channels == 1;
    const tjhandle encoder = tjInitCompress();
    if (!encoder) {
        return mien_fail_memory(error, "a picture for a page");
    }
    const int result = tjCompress2(encoder, image->pixels, (int)image->width, 0, (int)image->height,
                                   grey ? TJPF_GRAY : TJPF_RGB, bytes, size,
                                   grey ? TJSAMP_GRAY : TJSAMP_444, QUALITY, 0);
    const mien_status status =
        result == 0 ? MIEN_OK
                    : mien_fail(error, MIEN_INTERNAL, "JPEG: %s", tjGetErrorStr2(encoder));
    tjDestroy(encoder);
    return status;
}

static mien_status to_address(const char *prefix, const void *bytes, size_t size, char **address,
                              mien_error *error) {
    const size_t length = strlen(prefix);
    char *const text = size < MOST_BYTES ? malloc(length + 1 + (size + 2) / 3 * 4) : NULL;
    if (!text) {
        return mien_fail_memory(error, "a picture for a page");
    }
    memcpy(text, prefix, length + 1);
    EVP_EncodeBlock((unsigned char *)text + length, bytes, (int)size);
    *address = text;
    return MIEN_OK;
}

static mien_status encode_address(const mien_image *image, char **address, mien_error *error) {
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    mien_status status = encode(image, &bytes, &size, error);
    if (status == MIEN_OK) {
        status = to_address(jpeg, bytes, size, address, error);
    }
    tjFree(bytes);
    return status;
}

static uint32_t shrink(uint32_t side, uint32_t longer, uint32_t most) {
    const uint32_t shrunk = (uint32_t)((uint64_t)side * most / longer);
    return shrunk ? shrunk : 1;
}

mien_status mien_page_picture(const mien_image *image, uint32_t side, char **address,
                              mien_error *error) {
    const uint32_t longer = image->width > image->height ? image->width : image->height;
    if (longer <= side) {
        return encode_address(image, address, error);
    }
    mien_image small = {0};
    mien_status status = mien_image_resize(image, shrink(image->width, longer, side),
                                           shrink(image->height, longer, side), &small, error);
    if (status == MIEN_OK) {
        status = encode_address(&small, address, error);
        mien_image_free(&small);
    }
    return status;
}

mien_status mien_page_sheet(const void *bytes, size_t size, char **address, mien_error *error) {
    mien_image image = {0};
    mien_status status = mien_image_decode(bytes, size, NULL, &image, error);
    mien_image_free(&image);
    const bool is_jpeg = size > 0 && *(const unsigned char *)bytes == 0xff;
    return status == MIEN_OK ? to_address(is_jpeg ? jpeg : png, bytes, size, address, error)
                             : status;
}
