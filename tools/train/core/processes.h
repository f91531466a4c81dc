// SPDX-License-Identifier: Apache-2.0
/// @file
/// Processes that train one network together, through MPI: each computes its share of every batch.
///
/// `mpirun -np N` starts them. A program that was started alone, or built without MPI, is the only
/// one: NULL stands for that in all functions here. What every process would say the first says:
/// the others' output goes nowhere until they have an error of their own to report. All functions
/// [one thread].
#ifndef MIEN_TRAIN_PROCESSES_H
#define MIEN_TRAIN_PROCESSES_H

#include "tools/train/core/engine/network.h"

typedef struct mien_processes mien_processes;

/// Joins the others. `*processes` is NULL where there are none. Before the first OpenMP thread.
/// Errors: MIEN_UNSUPPORTED (started by mpirun, but built without MPI), MIEN_INTERNAL,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_processes_join(mien_processes **processes, mien_error *error);

uint32_t mien_processes_count(const mien_processes *processes); ///< 1: alone
uint32_t mien_processes_rank(const mien_processes *processes);  ///< from 0, the first

/// Adds up over all; NULL: alone.
const mien_reducer *mien_processes_reducer(const mien_processes *processes);
/// The same for a few doubles.
void mien_processes_sum(const mien_processes *processes, double *numbers, size_t count);

/// Whether it is so for one of them.
bool mien_processes_any(const mien_processes *processes, bool mine);

/// Waits for all, and tells each how all fare: MIEN_OK where that is every process's `status`, else
/// the failure of the first that failed, whose message is in that one's `error` alone. All must
/// come here equally often until one fails; afterwards this returns `status` at once.
MIEN_MUST_CHECK mien_status mien_processes_agree(mien_processes *processes, mien_status status,
                                                 mien_error *error);

/// This process failed where the others wait for its numbers, so it cannot agree with them any
/// more; mien_processes_leave() will end them.
void mien_processes_break(mien_processes *processes);

/// Whether the failure at hand is this process's to report; if so, what it says is heard from now
/// on.
bool mien_processes_speak(mien_processes *processes);

/// The end. After mien_processes_break() all end, with `exit_code`.
void mien_processes_leave(mien_processes *processes, int exit_code);

#endif
