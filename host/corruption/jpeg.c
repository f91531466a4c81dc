// SPDX-License-Identifier: Apache-2.0
// Through JPEG and back, with fewer and fewer bits.
#include "host/corruption/kinds.h"

#include <turbojpeg.h>

static const int qualities[MIEN_SEVERITY_MOST] = {25, 18, 15, 10, 7};

static mien_status complain(tjhandle turbo, mien_error *error) {
    return mien_fail(error, MIEN_BAD_INPUT, "cannot become a JPEG and back (%s)",
                     turbo ? tjGetErrorStr2(turbo) : "out of memory");
}

mien_status mien_corrupt_jpeg(mien_image *image, uint32_t severity, gsl_rng *random,
                              mien_error *error) {
    (void)random;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    const bool grey = image->channels == 1;
    const int format = grey ? TJPF_GRAY : TJPF_RGB;
    const int width = (int)image->width, height = (int)image->height;
    mien_status status = MIEN_OK;
    tjhandle turbo = tjInitCompress();
    if (!turbo || tjCompress2(turbo, image->pixels, width, 0, height, format, &bytes, &size,
                              grey ? TJSAMP_GRAY : TJSAMP_420, qualities[severity - 1],
                              TJFLAG_ACCURATEDCT) != 0) {
        status = complain(turbo, error);
    }
    if (turbo) {
        tjDestroy(turbo);
    }
    turbo = status == MIEN_OK ? tjInitDecompress() : NULL;
    if (status == MIEN_OK && (!turbo || tjDecompress2(turbo, bytes, size, image->pixels, width, 0,
                                                      height, format, TJFLAG_ACCURATEDCT) != 0)) {
        status = complain(turbo, error);
    }
    if (turbo) {
        tjDestroy(turbo);
    }
    tjFree(bytes);
    return status;
}
