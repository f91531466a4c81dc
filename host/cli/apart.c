// SPDX-License-Identifier: Apache-2.0
#include "host/cli/apart.h"

#include "host/cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_MILLISECONDS = 200, CHUNK_BYTES = 1 << 16 };

/// What the child sends before the text.
typedef struct {
    mien_error error;
    size_t size;
} head;

typedef struct {
    pid_t child;
    int pipe_end;
    int how; ///< it ended, once it is `gone`
    bool gone, told;
    char *bytes; ///< that came so far
    size_t count;
} apart;

// --- The child -----------------------------------------------------------------------------------

static bool send_all(int pipe_end, const void *bytes, size_t size) {
    const char *from = bytes;
    while (size > 0) {
        const ssize_t sent = write(pipe_end, from, size);
        if (sent < 0 && errno != EINTR) {
            return false;
        }
        from += sent > 0 ? sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

static _Noreturn void work_apart(mien_apart_work *work, void *context, int pipe_end, pid_t parent) {
    head result = {.error = MIEN_ERROR_INIT};
    char *text = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); // it went before that was asked for
    }
    FILE *const file = open_memstream(&text, &result.size);
    mien_status status =
        file ? work(context, file, &result.error) : mien_fail_memory(&result.error, "a result");
    if (file && fclose(file) != 0 && status == MIEN_OK) {
        status = mien_fail_memory(&result.error, "a result");
    }
    result.error.status = status;
    result.size = status == MIEN_OK ? result.size : 0;
    const bool sent =
        send_all(pipe_end, &result, sizeof result) && send_all(pipe_end, text, result.size);
    _exit(sent ? 0 : 1);
}

// --- The parent ----------------------------------------------------------------------------------

/// One read. Returns whether there may be more.
static bool receive(apart *state, mien_error *error) {
    char *const more = realloc(state->bytes, state->count + CHUNK_BYTES + 1);
    if (!more) {
        error->status = mien_fail_memory(error, "a result");
        return false;
    }
    state->bytes = more;
    const ssize_t got = read(state->pipe_end, more + state->count, CHUNK_BYTES);
    state->count += got > 0 ? (size_t)got : 0;
    more[state->count] = '\0';
    return got > 0 || (got < 0 && errno == EINTR);
}

/// The pipe's end is not waited for once the child is gone: what it started may hold it open.
static void follow(apart *state, mien_error *error) {
    bool more = true;
    while (more) {
        struct pollfd poller = {.fd = state->pipe_end, .events = POLLIN};
        const int ready = poll(&poller, 1, state->gone ? 0 : TURN_MILLISECONDS);
        if (mien_interrupted() && !state->told) {
            kill(state->child, SIGTERM); // a terminal tells both, but a scheduler this one alone
            state->told = true;
        }
        if (ready > 0) {
            more = receive(state, error);
        } else if (state->gone) {
            more = false;
        } else if (ready == 0) {
            state->gone = waitpid(state->child, &state->how, WNOHANG) == state->child;
        }
    }
}

static mien_status judge(const apart *state, const head *result, bool *ended, mien_error *error) {
    if (state->count >= sizeof *result && state->count - sizeof *result == result->size) {
        *error = result->error;
        return result->error.status;
    }
    if (mien_interrupted()) {
        return mien_fail(error, MIEN_CANCELLED, "interrupted");
    }
    *ended = true;
    if (WIFSIGNALED(state->how)) {
        return mien_fail(error, MIEN_PLUGIN, "was ended by signal %d (%s)", WTERMSIG(state->how),
                         strsignal(WTERMSIG(state->how)));
    }
    return mien_fail(error, MIEN_PLUGIN, "ended the process (exit %d)", WEXITSTATUS(state->how));
}

static mien_status finish(apart *state, char **text, size_t *size, bool *ended, mien_error *error) {
    head result = {.error = MIEN_ERROR_INIT};
    mien_error problem = MIEN_ERROR_INIT;
    follow(state, &problem);
    if (problem.status != MIEN_OK) {
        kill(state->child, SIGKILL);
    }
    while (!state->gone && waitpid(state->child, &state->how, 0) < 0 && errno == EINTR) {
    }
    if (problem.status != MIEN_OK) {
        *error = problem;
        return problem.status;
    }
    if (state->count >= sizeof result) {
        memcpy(&result, state->bytes, sizeof result);
    }
    const mien_status status = judge(state, &result, ended, error);
    if (status == MIEN_OK) {
        memmove(state->bytes, state->bytes + sizeof result, result.size + 1);
        *text = state->bytes;
        *size = result.size;
        state->bytes = NULL;
    }
    return status;
}

mien_status mien_apart_run(mien_apart_work *work, void *context, char **text, size_t *size,
                           bool *ended, mien_error *error) {
    int ends[2];
    *text = NULL;
    *ended = false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return mien_fail(error, MIEN_IO, "no pipe can be had (%s)", strerror(errno));
    }
    fflush(NULL); // or the child has it, too
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        close(ends[0]);
        work_apart(work, context, ends[1], parent);
    }
    const int cause = errno;
    close(ends[1]);
    apart state = {.child = child, .pipe_end = ends[0]};
    const mien_status status =
        child > 0 ? finish(&state, text, size, ended, error)
                  : mien_fail(error, MIEN_IO, "no process can be had (%s)", strerror(cause));
    close(ends[0]);
    free(state.bytes);
    return status;
}
