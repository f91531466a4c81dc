// SPDX-License-Identifier: Apache-2.0
// Reads a picture's file, or standard input, with a limit on its size.
#include "zoo/image/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_bytes {
    uint8_t *bytes;
    size_t size, capacity;
} file_bytes;

static mien_status fail_too_large(uint64_t most, mien_error *error) {
    return mien_fail(error, MIEN_BAD_INPUT, "is larger than the %llu bytes that are accepted",
                     (unsigned long long)most);
}

static mien_status grow(file_bytes *buffer, size_t capacity, mien_error *error) {
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (!bytes) {
        return mien_fail_memory(error, "a picture's file");
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return MIEN_OK;
}

// Reads to the end. One byte of room is always left, so that the end is seen without growing.
static mien_status read_all(int descriptor, uint64_t most, file_bytes *buffer, mien_error *error) {
    for (;;) {
        if (buffer->size == buffer->capacity) {
            size_t more;
            if (__builtin_mul_overflow(buffer->capacity, (size_t)2, &more)) {
                return fail_too_large(most, error);
            }
            mien_status status = grow(buffer, more, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
        ssize_t got =
            read(descriptor, buffer->bytes + buffer->size, buffer->capacity - buffer->size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return mien_fail(error, MIEN_IO, "cannot be read (%s)", strerror(errno));
        }
        if (got == 0) {
            return MIEN_OK;
        }
        buffer->size += (size_t)got;
        if (buffer->size > most) {
            return fail_too_large(most, error);
        }
    }
}

static mien_status read_descriptor(int descriptor, bool standard_input,
                                   const mien_image_limits *limits, file_bytes *buffer,
                                   mien_error *error) {
    uint64_t most = mien_image_max_file_bytes(limits);
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        return mien_fail(error, MIEN_IO, "cannot be examined (%s)", strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "is a folder; a JPEG or PNG file is needed");
    }
    if (!standard_input && !S_ISREG(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "is not a regular file; what comes from a pipe or device goes to standard "
                         "input, with - as the picture");
    }
    size_t expected = 64 << 10;
    if (S_ISREG(about.st_mode)) {
        if ((uint64_t)about.st_size > most) {
            return fail_too_large(most, error);
        }
        expected = (size_t)about.st_size;
    }
    mien_status status = grow(buffer, expected + 1, error);
    return status == MIEN_OK ? read_all(descriptor, most, buffer, error) : status;
}

static mien_status open_file(const char *path, int *descriptor, mien_error *error) {
    // Without O_NONBLOCK, opening a named pipe waits for its writer.
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*descriptor >= 0) {
        return MIEN_OK;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return mien_fail(error, MIEN_NOT_FOUND, "there is no such file");
    }
    return mien_fail(error, MIEN_IO, "cannot be opened (%s)", strerror(errno));
}

mien_status mien_image_read(const char *path, const mien_image_limits *limits, mien_image *image,
                            mien_error *error) {
    if (!path || !image) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "reading needs a path and an image");
    }
    *image = (mien_image){0};
    bool standard_input = strcmp(path, "-") == 0;
    int descriptor = STDIN_FILENO;
    mien_status status = standard_input ? MIEN_OK : open_file(path, &descriptor, error);
    if (status == MIEN_OK) {
        file_bytes buffer = {0};
        status = read_descriptor(descriptor, standard_input, limits, &buffer, error);
        if (status == MIEN_OK) {
            status = mien_image_decode(buffer.bytes, buffer.size, limits, image, error);
        }
        free(buffer.bytes);
        if (!standard_input) {
            close(descriptor);
        }
    }
    return mien_error_context(error, status, "%s", standard_input ? "standard input" : path);
}
