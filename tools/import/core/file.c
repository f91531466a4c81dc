// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mien_status read_exactly(int file, const char *path, uint8_t *target, size_t size,
                                mien_error *error) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(file, target + done, size - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return mien_fail(error, MIEN_IO, "%s: cannot be read: %s", path, strerror(errno));
        }
        if (got == 0) {
            return mien_fail(error, MIEN_IO, "%s: became shorter while it was read", path);
        }
        done += (size_t)got;
    }
    return MIEN_OK;
}

mien_status mien_import_append_file(const char *path, size_t limit, mien_import_bytes *bytes,
                                    mien_error *error) {
    mien_status status = MIEN_OK;
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return mien_fail(error, errno == ENOENT ? MIEN_NOT_FOUND : MIEN_IO,
                         "%s: cannot be opened: %s", path, strerror(errno));
    }
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: is not a regular file", path);
        goto done;
    }
    size_t size = (size_t)info.st_size;
    if (size > limit) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: has %zu bytes; at most %zu can be used",
                           path, size, limit);
        goto done;
    }
    size_t total;
    uint8_t *grown = NULL;
    if (!__builtin_add_overflow(bytes->size, size, &total)) {
        grown = realloc(bytes->data, total ? total : 1);
    }
    if (!grown) {
        status = mien_fail_memory(error, path);
        goto done;
    }
    bytes->data = grown;
    status = read_exactly(file, path, grown + bytes->size, size, error);
    if (status == MIEN_OK) {
        bytes->size = total;
    }
done:
    close(file);
    return status;
}
