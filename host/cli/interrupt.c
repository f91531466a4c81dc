// SPDX-License-Identifier: Apache-2.0
#include "host/cli/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void catch_signal(int number) {
    caught = number;
}

static void watch(int number, int flags) {
    struct sigaction action = {.sa_handler = catch_signal, .sa_flags = flags | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void mien_interrupt_watch(void) {
    watch(SIGINT, (int)SA_RESETHAND);
}

void mien_interrupt_watch_termination(void) {
    watch(SIGTERM, (int)SA_RESETHAND);
}

void mien_interrupt_watch_request(void) {
    watch(SIGUSR1, 0);
}

bool mien_interrupted(void) {
    return caught != 0;
}
