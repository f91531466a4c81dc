// SPDX-License-Identifier: Apache-2.0
// Pictures inside a page.
#include "host/page/page.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static const char prefix[] = "data:image/jpeg;base64,";
enum { QUALITY = 88 };

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

static mien_status to_address(const mien_image *image, char **address, mien_error *error) {
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    mien_status status = encode(image, &bytes, &size, error);
    if (status == MIEN_OK) {
        char *const text = malloc(sizeof prefix + (size + 2) / 3 * 4);
        if (text) {
            memcpy(text, prefix, sizeof prefix);
            EVP_EncodeBlock((unsigned char *)text + sizeof prefix - 1, bytes, (int)size);
            *address = text;
        } else {
            status = mien_fail_memory(error, "a picture for a page");
        }
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
        return to_address(image, address, error);
    }
    mien_image small = {0};
    mien_status status = mien_image_resize(image, shrink(image->width, longer, side),
                                           shrink(image->height, longer, side), &small, error);
    if (status == MIEN_OK) {
        status = to_address(&small, address, error);
        mien_image_free(&small);
    }
    return status;
}
