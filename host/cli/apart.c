// SPDX-License-Identifier: Apache-2.0
#include "host/cli/apart.h"

#include "host/cli/interrupt.h"
#include "host/cli/progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_MILLISECONDS = 200 };

/// How long after an interruption a child may go on. One that hands it on to a child of its own
/// waits for that first.
static const double patience_seconds = 1, hand_on_seconds = 2;

struct mien_apart {
    pid_t child;
    int line;      ///< to the child
    int how;       ///< it ended, once it is `gone`
    bool gone;     ///< it was waited for
    bool hands_on; ///< it is told of an interruption
    double told;   ///< when it was interrupted, in mien_seconds(); 0: it was not
};

// --- The child -----------------------------------------------------------------------------------

bool mien_line_send(int line, const void *bytes, size_t size) {
    const char *from = bytes;
    while (size > 0) {
        const ssize_t sent = send(line, from, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return false;
        }
        from += sent > 0 ? sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

bool mien_line_receive(int line, void *bytes, size_t size) {
    char *to = bytes;
    while (size > 0) {
        const ssize_t got = recv(line, to, size, 0);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        to += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

void mien_line_write_text(FILE *file, const char *text) {
    fwrite(text, 1, strlen(text) + 1, file);
}

bool mien_line_split_texts(const char *bytes, size_t size, const char **texts, size_t count) {
    const char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        const char *const end = memchr(at, '\0', size - (size_t)(at - bytes));
        if (!end) {
            return false;
        }
        texts[i] = at;
        at = end + 1;
    }
    return true;
}

static _Noreturn void serve(mien_apart_service *service, void *context, int line, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); // it went before that was asked for
    }
    // What a plugin prints must not come into what the parent writes.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    setvbuf(stdout, NULL, _IOLBF, 0);
    service(context, line);
    _exit(0);
}

// --- The parent ----------------------------------------------------------------------------------

mien_status mien_apart_start(mien_apart_service *service, void *context, mien_apart **apart,
                             mien_error *error) {
    int ends[2];
    mien_apart *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a process");
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        const int cause = errno;
        free(made);
        return mien_fail(error, MIEN_IO, "no socket can be had (%s)", strerror(cause));
    }
    fflush(NULL); // or the child has it, too
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        close(ends[0]);
        serve(service, context, ends[1], parent);
    }
    const int cause = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        free(made);
        return mien_fail(error, MIEN_IO, "no process can be had (%s)", strerror(cause));
    }
    *made = (mien_apart){.child = child, .line = ends[0]};
    *apart = made;
    return MIEN_OK;
}

static void stop(mien_apart *apart) {
    if (!apart->gone) {
        kill(apart->child, SIGKILL);
        while (waitpid(apart->child, &apart->how, 0) < 0 && errno == EINTR) {
        }
        apart->gone = true;
    }
}

/// A terminal tells both of an interruption, but a scheduler this one alone. A plugin that does not
/// come back heeds neither.
static void heed_interruption(mien_apart *apart) {
    if (apart->gone || !mien_interrupted()) {
        return;
    }
    if (apart->told == 0) {
        apart->told = mien_seconds();
        if (apart->hands_on) {
            kill(apart->child, SIGTERM);
        }
    } else if (mien_seconds() - apart->told >
               (apart->hands_on ? hand_on_seconds : patience_seconds)) {
        stop(apart);
    }
}

/// Waits until there is something to read. False: there will be nothing more. The line's end is not
/// waited for once the child is gone: what it started may hold it open.
static bool await(mien_apart *apart) {
    while (true) {
        struct pollfd poller = {.fd = apart->line, .events = POLLIN};
        const int ready = poll(&poller, 1, apart->gone ? 0 : TURN_MILLISECONDS);
        heed_interruption(apart);
        if (ready > 0 || (ready == 0 && apart->gone)) {
            return ready > 0;
        }
        if (ready == 0) {
            apart->gone = waitpid(apart->child, &apart->how, WNOHANG) == apart->child;
        }
    }
}

static mien_status judge(const mien_apart *apart, mien_error *error) {
    if (mien_interrupted()) {
        return mien_fail(error, MIEN_CANCELLED, "interrupted");
    }
    if (WIFSIGNALED(apart->how)) {
        return mien_fail(error, MIEN_PLUGIN, "was ended by signal %d (%s)", WTERMSIG(apart->how),
                         strsignal(WTERMSIG(apart->how)));
    }
    return mien_fail(error, MIEN_PLUGIN, "ended the process (exit %d)", WEXITSTATUS(apart->how));
}

void mien_apart_send(const mien_apart *apart, const void *bytes, size_t size) {
    (void)mien_line_send(apart->line, bytes, size);
}

mien_status mien_apart_receive(mien_apart *apart, void *bytes, size_t size, mien_error *error) {
    char *to = bytes;
    while (size > 0) {
        const ssize_t got = await(apart) ? recv(apart->line, to, size, MSG_DONTWAIT) : 0;
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (got <= 0) {
            // Who ends keeps how; who only closed the line would keep us waiting.
            stop(apart);
            return judge(apart, error);
        }
        to += got;
        size -= (size_t)got;
    }
    return MIEN_OK;
}

void mien_apart_hand_on(mien_apart *apart) {
    apart->hands_on = true;
}

void mien_apart_end(mien_apart *apart) {
    if (!apart) {
        return;
    }
    stop(apart);
    close(apart->line);
    free(apart);
}

// --- Work that is done at once -------------------------------------------------------------------

typedef struct {
    mien_apart_work *work;
    void *context;
} errand;

/// What the child sends before the text.
typedef struct {
    mien_error error;
    size_t size;
} head;

static void run_errand(void *context, int line) {
    const errand *const given = context;
    head result = {.error = MIEN_ERROR_INIT};
    char *text = NULL;
    FILE *const file = open_memstream(&text, &result.size);
    mien_status status = file ? given->work(given->context, file, &result.error)
                              : mien_fail_memory(&result.error, "a result");
    if (file && fclose(file) != 0 && status == MIEN_OK) {
        status = mien_fail_memory(&result.error, "a result");
    }
    result.error.status = status;
    result.size = status == MIEN_OK ? result.size : 0;
    if (mien_line_send(line, &result, sizeof result)) {
        (void)mien_line_send(line, text, result.size);
    }
}

static mien_status receive_result(mien_apart *apart, char **text, size_t *size, bool *ended,
                                  mien_error *error) {
    head result;
    mien_status status = mien_apart_receive(apart, &result, sizeof result, error);
    if (status == MIEN_OK && result.error.status != MIEN_OK) {
        *error = result.error;
        return result.error.status;
    }
    char *const bytes =
        status == MIEN_OK && result.size < SIZE_MAX ? malloc(result.size + 1) : NULL;
    if (status == MIEN_OK) {
        status = bytes ? mien_apart_receive(apart, bytes, result.size, error)
                       : mien_fail_memory(error, "a result");
    }
    *ended = status == MIEN_PLUGIN;
    if (status != MIEN_OK) {
        free(bytes);
        return status;
    }
    bytes[result.size] = '\0';
    *text = bytes;
    *size = result.size;
    return MIEN_OK;
}

mien_status mien_apart_run(mien_apart_work *work, void *context, char **text, size_t *size,
                           bool *ended, mien_error *error) {
    errand given = {work, context};
    mien_apart *apart = NULL;
    *text = NULL;
    *ended = false;
    mien_status status = mien_apart_start(run_errand, &given, &apart, error);
    if (status == MIEN_OK) {
        mien_apart_hand_on(apart);
        status = receive_result(apart, text, size, ended, error);
    }
    mien_apart_end(apart);
    return status;
}
