// SPDX-License-Identifier: Apache-2.0
#include "zoo/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mien_status fail(const char *what, int cause, mien_error *error) {
    return cause == ENOMEM ? mien_fail_memory(error, "writing a file")
                           : mien_fail(error, MIEN_IO, "%s (%s)", what, strerror(cause));
}

// The name to rename to, the caller's to free: `path` itself, or what it names as a link. rename()
// would put the file in the place of whatever bears the name, a device or a link as well.
static mien_status find_target(const char *path, char **target, mien_error *error) {
    struct stat about;
    if (stat(path, &about) == 0) {
        if (!S_ISREG(about.st_mode)) {
            return mien_fail(error, MIEN_IO,
                             "cannot be written (it exists and is not a regular file); name "
                             "another file");
        }
        *target = realpath(path, NULL);
    } else {
        const int cause = errno;
        if (lstat(path, &about) == 0) {
            return fail("cannot be written: what this link names cannot be reached", cause, error);
        }
        *target = strdup(path);
    }
    return *target ? MIEN_OK : fail("cannot be written", errno, error);
}

static const char no_part[] = "cannot create a file beside it";

// Not mkstemp(), whose files only the owner may read.
static mien_status create_beside(const char *target, char **name, FILE **file, mien_error *error) {
    static atomic_uint calls;
    int descriptor;
    do {
        free(*name);
        if (asprintf(name, "%s.%ld-%u.part", target, (long)getpid(), atomic_fetch_add(&calls, 1)) <
            0) {
            *name = NULL;
            return mien_fail_memory(error, "a file's name");
        }
        descriptor = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor < 0 && errno == EEXIST);
    if (descriptor < 0) {
        return fail(no_part, errno, error);
    }
    *file = fdopen(descriptor, "wb");
    if (!*file) {
        close(descriptor);
        unlink(*name);
        return mien_fail_memory(error, "a file's buffer");
    }
    return MIEN_OK;
}

mien_status mien_replace_file(const char *path, mien_replace_writer write, const void *content,
                              mien_error *error) {
    char *target = NULL, *name = NULL;
    FILE *file = NULL;
    mien_status status = find_target(path, &target, error);
    if (status == MIEN_OK) {
        status = create_beside(target, &name, &file, error);
    }
    if (status == MIEN_OK) {
        const bool written = write(file, content) && fflush(file) == 0 && fsync(fileno(file)) == 0;
        int cause = written ? 0 : errno;
        if (fclose(file) != 0 && cause == 0) { // where a full network disk is reported
            cause = errno;
        }
        if (cause == 0 && rename(name, target) != 0) {
            cause = errno;
        }
        if (cause != 0) {
            unlink(name);
            status = fail("cannot be written", cause, error);
        }
    }
    free(name);
    free(target);
    return status;
}

mien_status mien_replace_check(const char *path, mien_error *error) {
    char *target = NULL;
    mien_status status = find_target(path, &target, error);
    if (status != MIEN_OK) {
        return status;
    }
    const int folder = open(dirname(target), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        status = fail(no_part, errno, error);
    }
    if (folder >= 0) {
        close(folder);
    }
    free(target);
    return status;
}
