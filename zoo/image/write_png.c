// SPDX-License-Identifier: Apache-2.0
// Writes a PNG through libspng: encoded in memory, then written whole or not at all.
#include "zoo/image/internal.h"
#include "zoo/image/memory.h"
#include "zoo/replace.h"

#include <spng.h>
#include <stdlib.h>

typedef struct encoded {
    void *bytes;
    size_t size;
} encoded;

static mien_status fail_encoding(int code, mien_error *error) {
    if (mien_memory_lacked()) {
        return mien_fail_memory(error, "encoding a PNG");
    }
    return mien_fail(error, MIEN_INTERNAL, "the PNG cannot be encoded (%s)", spng_strerror(code));
}

static mien_status encode(const mien_image *image, encoded *made, mien_error *error) {
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
        made->bytes = spng_get_png_buffer(png, &made->size, &code);
    }
    spng_ctx_free(png);
    return code == 0 ? MIEN_OK : fail_encoding(code, error);
}

static bool write_encoded(FILE *file, const void *content) {
    const encoded *png = content;
    return fwrite(png->bytes, 1, png->size, file) == png->size;
}

mien_status mien_image_write_png(const mien_image *image, const char *path, mien_error *error) {
    mien_status status = mien_image_check(image, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (!path) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "writing a PNG needs a path");
    }
    encoded png = {0};
    status = encode(image, &png, error);
    if (status == MIEN_OK) {
        status = mien_replace_file(path, write_encoded, &png, error);
    }
    free(png.bytes);
    return mien_error_context(error, status, "%s", path);
}
