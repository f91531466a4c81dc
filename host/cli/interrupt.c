// SPDX-License-Identifier: Apache-2.0
#include "host/cli/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void catch_signal(int number) {
    caught = number;
}

void mien_interrupt_watch(void) {
    struct sigaction action = {.sa_handler = catch_signal,
                               .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

bool mien_interrupted(void) {
    return caught != 0;
}
