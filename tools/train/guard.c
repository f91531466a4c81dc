// SPDX-License-Identifier: Apache-2.0
#include "tools/train/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SECONDS = 60 };

// --- The guard -----------------------------------------------------------------------------------

/// What is blocked in the guard, to be waited for.
static void fill(sigset_t *signals) {
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD};
    sigemptyset(signals);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(signals, numbers[i]);
    }
}

/// Ends with the child's exit status, as a shell would tell it.
static void end_with(pid_t child) {
    int how;
    if (waitpid(child, &how, WNOHANG) == child) {
        _exit(WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how));
    }
}

static _Noreturn void wait_for(pid_t child, const sigset_t *signals) {
    while (true) {
        int number = 0;
        sigwait(signals, &number);
        if (number == SIGCHLD) {
            end_with(child);
        } else if (number != SIGUSR2) { // which tells the child that the guard is gone
            kill(child, number);
        }
    }
}

// --- Its child -----------------------------------------------------------------------------------

static atomic_bool lost;
static pid_t guard; ///< 0: there is none
static const pid_t *peers;
static atomic_size_t peer_count;

/// Every second once the guard is lost.
static void look_around(int number) {
    static atomic_int seconds;
    const int kept = errno;
    (void)number;
    bool in_vain = atomic_fetch_add(&seconds, 1) >= MOST_SECONDS;
    for (size_t i = 0; i < atomic_load(&peer_count); i++) {
        in_vain = in_vain || (kill(peers[i], 0) != 0 && errno == ESRCH);
    }
    if (in_vain) {
        _exit(EXIT_FAILURE);
    }
    alarm(1);
    errno = kept;
}

static void lose(int number) {
    (void)number;
    mien_guard_lose();
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/// Out of the group of processes that mpirun kills.
static void leave_guard(pid_t parent) {
    guard = parent;
    setpgid(0, 0);
    handle(SIGALRM, look_around);
    handle(SIGUSR2, lose);
    prctl(PR_SET_PDEATHSIG, SIGUSR2);
    if (getppid() != parent) { // it ended before it could be watched
        _exit(EXIT_FAILURE);
    }
}

void mien_guard_begin(void) {
    sigset_t signals, before;
    fill(&signals);
    sigprocmask(SIG_BLOCK, &signals, &before);
    const pid_t parent = getpid(), child = fork();
    if (child > 0) {
        wait_for(child, &signals);
    }
    if (child == 0) {
        leave_guard(parent);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool is_stopped(pid_t process) {
    char path[32], text[256];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    const ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    const char *const name_end = strrchr(text, ')'); // the name itself may have one
    return name_end && strncmp(name_end, ") T", 3) == 0;
}

void mien_guard_follow(void) {
    static const struct timespec tenth = {.tv_nsec = 100000000};
    while (guard > 0 && !mien_guard_lost() && is_stopped(guard)) {
        nanosleep(&tenth, NULL);
    }
}

void mien_guard_set_peers(const pid_t *pids, size_t count) {
    atomic_store(&peer_count, 0); // a signal may come at any time
    peers = pids;
    atomic_store(&peer_count, count);
}

void mien_guard_lose(void) {
    if (!atomic_exchange(&lost, true)) {
        handle(SIGPIPE, SIG_IGN); // nobody reads any more what is said
        look_around(0);
    }
}

bool mien_guard_lost(void) {
    return atomic_load(&lost);
}
