// SPDX-License-Identifier: Apache-2.0
#include "host/page/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mien_status read_all(FILE *file, const char *path, char **bytes, size_t *size,
                            mien_error *error) {
    struct stat about;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a file", path);
    }
    if (about.st_size > MIEN_PAGE_MOST_BYTES) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: has %lld bytes; at most %d are accepted", path,
                         (long long)about.st_size, MIEN_PAGE_MOST_BYTES);
    }
    char *const read = malloc((size_t)about.st_size + 1);
    if (!read) {
        return mien_fail_memory(error, "a file of results");
    }
    *size = fread(read, 1, (size_t)about.st_size, file);
    if (ferror(file)) {
        free(read);
        return mien_fail(error, MIEN_IO, "%s: cannot be read to its end", path);
    }
    read[*size] = '\0';
    *bytes = read;
    return MIEN_OK;
}

mien_status mien_page_file(const char *path, char **bytes, size_t *size, mien_error *error) {
    // A pipe that nobody writes to is not waited for.
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *const file = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
    if (!file) {
        const int cause = errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        return cause == ENOENT || cause == ENOTDIR
                   ? mien_fail(error, MIEN_NOT_FOUND, "%s: there is no such file", path)
                   : mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(cause));
    }
    const mien_status status = read_all(file, path, bytes, size, error);
    fclose(file);
    return status;
}
