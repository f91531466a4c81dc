// SPDX-License-Identifier: Apache-2.0
/// @file
/// Ctrl-C: long commands finish the piece at hand, so that no half-written line or file is left,
/// and then end with MIEN_EXIT_INTERRUPTED. A second Ctrl-C ends them at once.
#ifndef MIEN_HOST_CLI_INTERRUPT_H
#define MIEN_HOST_CLI_INTERRUPT_H

#include <stdbool.h>

/// From now on the first SIGINT only sets a flag.
void mien_interrupt_watch(void);

/// The same for SIGTERM, by which schedulers end a long run.
void mien_interrupt_watch_termination(void);

/// From now on SIGUSR1 sets the flag, too, however often it comes: mpirun hands it on to what it
/// runs, and schedulers can send it some time before the end.
void mien_interrupt_watch_request(void);

bool mien_interrupted(void);

#endif
