// SPDX-License-Identifier: Apache-2.0
#include "host/explain/npy.h"

#include "zoo/replace.h"

#include <string.h>

typedef struct array {
    const float *values;
    uint32_t height, width;
} array;

/// The header's length is a multiple of 64, so that what follows may be mapped.
static bool write_array(FILE *file, const void *content) {
    enum { HEADER = 128, PREFIX = 10 };
    const array *what = content;
    char header[HEADER];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = HEADER - PREFIX;
    header[9] = 0;
    int length = snprintf(header + PREFIX, HEADER - PREFIX,
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (%u, %u), }",
                          what->height, what->width);
    header[PREFIX + length] = ' ';
    header[HEADER - 1] = '\n';
    size_t count = (size_t)what->height * what->width;
    bool wrote = fwrite(header, 1, sizeof header, file) == sizeof header;
    for (size_t i = 0; i < count && wrote; i++) {
        uint32_t bits;
        memcpy(&bits, &what->values[i], sizeof bits);
        const uint8_t bytes[] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
                                 (uint8_t)(bits >> 24)};
        wrote = fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes;
    }
    return wrote;
}

mien_status mien_npy_write(const char *path, const float *values, uint32_t height, uint32_t width,
                           mien_error *error) {
    const array what = {values, height, width};
    mien_status status = mien_replace_file(path, write_array, &what, error);
    return status == MIEN_OK ? status : mien_error_context(error, status, "%s", path);
}
