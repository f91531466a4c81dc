// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/file.h"

#include "zoo/replace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool write_text(FILE *file, const void *text) {
    return fputs(text, file) >= 0;
}

mien_status mien_file_replace(const char *path, const char *text, mien_error *error) {
    mien_status status = mien_replace_file(path, write_text, text, error);
    return mien_error_context(error, status, "%s", path);
}

mien_status mien_folder_make(const char *path, mien_error *error) {
    char *const way = strdup(path);
    if (!way) {
        return mien_fail_memory(error, "a path");
    }
    int code = 0;
    for (char *end = way; end && code == 0;) {
        end = strchr(end + 1, '/');
        if (end) {
            *end = '\0';
        }
        code = mkdir(way, 0777) == 0 || errno == EEXIST ? 0 : errno;
        if (end) {
            *end = '/';
        }
    }
    free(way);
    return code == 0
               ? MIEN_OK
               : mien_fail(error, MIEN_IO, "cannot make the folder '%s': %s", path, strerror(code));
}
