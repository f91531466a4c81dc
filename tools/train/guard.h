// SPDX-License-Identifier: Apache-2.0
/// @file
/// mpirun kills what it started half a second after Ctrl-C, less than a step and a checkpoint can
/// take. What it started is therefore a guard that only waits; its child learns, and outlives it
/// for as long as it takes to keep what was learnt.
#ifndef MIEN_TRAIN_GUARD_H
#define MIEN_TRAIN_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// Returns in the child. The guard hands signals on to it, and ends as it does. Where there can be
/// no child, this process goes on without a guard. Before the first thread, and before MPI.
void mien_guard_begin(void);

/// Waits while the guard is stopped: at SIGTSTP mpirun stops what it started.
void mien_guard_follow(void);

/// The processes on this machine that the child works with, which borrows them: once the guard is
/// lost, it ends as soon as one of them has, as nobody else would end it.
void mien_guard_set_peers(const pid_t *peers, size_t count);

/// Guard or mpirun is gone: what is left is to finish within a minute. [any thread, and signal
/// handlers]
void mien_guard_lose(void);

bool mien_guard_lost(void);

#endif
