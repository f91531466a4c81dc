// SPDX-License-Identifier: Apache-2.0
// Writes a PNG through libspng: encoded in memory, written under a temporary name, renamed.
#include "zoo/image/internal.h"
#include "zoo/image/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mien_status fail_encoding(int code, mien_error *error) {
    if (mien_memory_lacked()) {
        return mien_fail_memory(error, "encoding a PNG");
    }
    return mien_fail(error, MIEN_INTERNAL, "the PNG cannot be encoded (%s)", spng_strerror(code));
}

static mien_status encode(const mien_image *image, void **bytes, size_t *size, mien_error *error) {
    spng_ctx *png = mien_memory_png(SPNG_CTX_ENCODER);
    if (!png) {
        return mien_fail_memory(error, "a PNG encoder");
    }
    struct spng_ihdr header = {
        .width = image->width,
        .height = image->height,
        .bit_depth = 8,
        .color_type = image->channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR,
    };
    int code = spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);
    if (code == 0) {
        code = spng_set_ihdr(png, &header);
    }
    if (code == 0) {
        size_t pixel_bytes = (size_t)image->width * image->height * image->channels;
        code =
            spng_encode_image(png, image->pixels, pixel_bytes, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    }
    if (code == 0) {
        *bytes = spng_get_png_buffer(png, size, &code);
    }
    spng_ctx_free(png);
    return code == 0 ? MIEN_OK : fail_encoding(code, error);
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t put = write(descriptor, bytes, size);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return false;
        }
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

// Not mkstemp(), whose files only the owner may read.
static int create_beside(const char *path, char **name) {
    enum { ATTEMPTS = 100 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (asprintf(name, "%s.%ld-%d.part", path, (long)getpid(), attempt) < 0) {
            *name = NULL;
            errno = ENOMEM;
            return -1;
        }
        int descriptor = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) {
            return descriptor;
        }
        free(*name);
        *name = NULL;
    }
    return -1;
}

static mien_status write_file(const char *path, const void *bytes, size_t size, mien_error *error) {
    char *name = NULL;
    int descriptor = create_beside(path, &name);
    if (descriptor < 0) {
        mien_status status =
            errno == ENOMEM
                ? mien_fail_memory(error, "a file's name")
                : mien_fail(error, MIEN_IO, "cannot create a file beside it (%s)", strerror(errno));
        free(name);
        return status;
    }
    bool written = write_all(descriptor, bytes, size);
    int cause = written ? 0 : errno;
    if (close(descriptor) != 0 && cause == 0) { // where a full network disk is reported
        cause = errno;
    }
    if (cause == 0 && rename(name, path) != 0) {
        cause = errno;
    }
    if (cause != 0) {
        unlink(name);
    }
    free(name);
    return cause == 0 ? MIEN_OK
                      : mien_fail(error, MIEN_IO, "cannot be written (%s)", strerror(cause));
}

mien_status mien_image_write_png(const mien_image *image, const char *path, mien_error *error) {
    mien_status status = mien_image_check(image, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (!path) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "writing a PNG needs a path");
    }
    void *bytes = NULL;
    size_t size = 0;
    status = encode(image, &bytes, &size, error);
    if (status == MIEN_OK) {
        status = write_file(path, bytes, size, error);
    }
    free(bytes);
    return mien_error_context(error, status, "%s", path);
}
