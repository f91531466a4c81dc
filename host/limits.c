// SPDX-License-Identifier: Apache-2.0
#include "host/limits.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/// Some systems allow a thousand million, which a program that closes all it might have would count
/// through.
static const rlim_t most_files = 1 << 16;

void mien_limits_prepare(void) {
    struct rlimit files;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return;
    }
    const rlim_t wanted = files.rlim_max < most_files ? files.rlim_max : most_files;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = wanted;
        (void)setrlimit(RLIMIT_NOFILE, &files); // who then lacks one says so
    }
}

mien_status mien_limits_try_files(size_t count, mien_error *error) {
    int *const files = calloc(count + 1, sizeof *files);
    if (!files) {
        return mien_fail_memory(error, "a list of files");
    }
    size_t opened = 0;
    while (opened < count && (files[opened] = eventfd(0, EFD_CLOEXEC)) >= 0) {
        opened++;
    }
    const int cause = errno;
    for (size_t i = 0; i < opened; i++) {
        close(files[i]);
    }
    free(files);
    return opened == count
               ? MIEN_OK
               : mien_fail(error, MIEN_IO,
                           "%zu more files cannot be open at a time (%s); 'ulimit -n' sets how "
                           "many can",
                           count, strerror(cause));
}
