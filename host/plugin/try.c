// SPDX-License-Identifier: Apache-2.0
// The trial run. A plugin's constructors, entry and descriptor run for the first time in a forked
// child, which may crash, loop or exit as it likes. Catching the signal in this process instead
// would leave locks held and memory half written; a child costs about a millisecond, once a plugin.
// Where a child cannot be had (no processes left, a sandbox), the plugin is loaded without a trial.
#include "host/plugin/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIAL_MILLISECONDS = 10000 };

static void report_stage(mien_load_stage stage, void *data) {
    const unsigned char byte = (unsigned char)stage;
    const int *const pipe_end = data;
    while (write(*pipe_end, &byte, 1) < 0 && errno == EINTR) {
    }
}

/// Neither core files nor the plugin's prints, nor a sanitizer's report of a crash we expect.
static void make_quiet(void) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(const struct rlimit){0, 0});
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0) {
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
}

static _Noreturn void run_trial(const char *path, const char *name, int pipe_end) {
    make_quiet();
    mien_plugin_library library = {.path = (char *)path};
    // A failure that loading reports by itself is met again, and told, by the real load.
    const mien_status ignored = mien_plugin_load(&library, name, report_stage, &pipe_end, NULL);
    (void)ignored;
    report_stage(MIEN_LOAD_DONE, &pipe_end);
    _exit(0);
}

static int64_t now_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// Follows the child's stages until it is done, gone or too late. Returns whether it was too late.
static bool follow(int pipe_end, mien_load_stage *stage) {
    const int64_t deadline = now_milliseconds() + TRIAL_MILLISECONDS;
    while (*stage != MIEN_LOAD_DONE) {
        const int64_t left = deadline - now_milliseconds();
        struct pollfd poller = {.fd = pipe_end, .events = POLLIN};
        const int ready = left > 0 ? poll(&poller, 1, (int)left) : 0;
        if (ready == 0) {
            return true;
        }
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        unsigned char byte;
        const ssize_t got = read(pipe_end, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        *stage = (mien_load_stage)byte;
    }
    return false;
}

static const char *place(mien_load_stage stage) {
    switch (stage) {
    case MIEN_LOAD_ENTRY:
        return "in " MIEN_PLUGIN_ENTRY_SYMBOL;
    case MIEN_LOAD_DESCRIPTOR:
        return "while its descriptor was read (a pointer in it is not valid)";
    case MIEN_LOAD_LINKING:
    case MIEN_LOAD_DONE:
        break;
    }
    return "while it was being linked, before " MIEN_PLUGIN_ENTRY_SYMBOL
           " (a constructor, or a damaged file)";
}

static mien_status judge(const char *path, mien_load_stage stage, bool late, int how,
                         mien_error *error) {
    if (stage == MIEN_LOAD_DONE) {
        return MIEN_OK;
    }
    if (late) {
        return mien_fail(error, MIEN_PLUGIN, "%s: did not come back within %d s %s", path,
                         TRIAL_MILLISECONDS / 1000, place(stage));
    }
    if (WIFSIGNALED(how)) {
        return mien_fail(error, MIEN_PLUGIN, "%s: crashed (%s) %s", path, strsignal(WTERMSIG(how)),
                         place(stage));
    }
    return mien_fail(error, MIEN_PLUGIN, "%s: ended the process (exit %d) %s", path,
                     WEXITSTATUS(how), place(stage));
}

mien_status mien_plugin_try(const char *path, const char *name, mien_error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return MIEN_OK;
    }
    const pid_t child = fork();
    if (child == 0) {
        run_trial(path, name, ends[1]);
    }
    close(ends[1]);
    mien_status status = MIEN_OK;
    if (child > 0) {
        mien_load_stage stage = MIEN_LOAD_LINKING;
        const bool late = follow(ends[0], &stage);
        if (late) {
            kill(child, SIGKILL);
        }
        int how = 0;
        while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
        }
        status = judge(path, stage, late, how, error);
    }
    close(ends[0]);
    return status;
}
