// SPDX-License-Identifier: Apache-2.0
#include "host/cli/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void catch_signal(int number) {
    caught = number;
}

static void watch(int number) {
    struct sigaction action = {.sa_handler = catch_signal,
                               .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void mien_interrupt_watch(void) {
    watch(SIGINT);
}

void mien_interrupt_watch_termination(void) {
    watch(SIGTERM);
}

bool mien_interrupted(void) {
    return caught != 0;
}
