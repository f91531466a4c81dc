// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/file.h"

#include "zoo/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// The names that mien_replace_file() gives while it writes.
static bool is_part(const char *entry, const char *name) {
    const size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 &&
           fnmatch(".[0-9]*-[0-9]*.part", entry + length, 0) == 0;
}

void mien_file_clear(const char *folder, const char *name) {
    DIR *const entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        if (is_part(entry->d_name, name)) {
            unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    if (entries) {
        closedir(entries);
    }
}
