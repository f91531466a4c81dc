// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

mien_status mien_file_replace(const char *path, const char *text, mien_error *error) {
    char *part = NULL;
    if (asprintf(&part, "%s.%ld.part", path, (long)getpid()) < 0) {
        return mien_fail_memory(error, "a file name");
    }
    mien_status status = MIEN_OK;
    FILE *const file = fopen(part, "we");
    bool written = file && fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int cause = errno;
    if (file && fclose(file) != 0 && written) {
        cause = errno;
        written = false;
    }
    if (written && rename(part, path) != 0) {
        cause = errno;
        written = false;
    }
    if (!written) {
        unlink(part);
        status = mien_fail(error, MIEN_IO, "cannot write '%s': %s", path, strerror(cause));
    }
    free(part);
    return status;
}
