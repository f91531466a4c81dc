// SPDX-License-Identifier: Apache-2.0
/// @file
/// Work in a process of its own that is killed before a chosen rename or removal. For one file of a
/// test program: it takes the place of the C library's rename() and unlink(), also for libmien.
#ifndef MIEN_TEST_KILLING_H
#define MIEN_TEST_KILLING_H

#include "mien/status.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/// How many renames and removals are left until the process ends; below 0: it goes on.
static int killing_left = -1;

static void killing_count_down(void) {
    if (killing_left >= 0 && killing_left-- == 0) {
        raise(SIGKILL);
    }
}

__attribute__((visibility("default"))) int rename(const char *from, const char *to) {
    killing_count_down();
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

__attribute__((visibility("default"))) int unlink(const char *path) {
    killing_count_down();
    return unlinkat(AT_FDCWD, path, 0);
}

/// Does the work in a child, which is killed at the given rename or removal, counted from 0; -1:
/// never. Whether it was killed; if not, the work must have succeeded.
static bool run_and_kill(mien_status (*work)(const void *context, mien_error *error),
                         const void *context, int kill_at) {
    int how = 0;
    fflush(NULL);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        mien_error error = MIEN_ERROR_INIT;
        killing_left = kill_at;
        const mien_status status = work(context, &error);
        fprintf(stderr, "%s", error.message);
        _exit(status == MIEN_OK ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    const bool killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
    ck_assert_msg(killed || (WIFEXITED(how) && WEXITSTATUS(how) == 0), "the work ended with %d",
                  how);
    return killed;
}

#endif
