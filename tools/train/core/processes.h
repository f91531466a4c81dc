// SPDX-License-Identifier: Apache-2.0
/// @file
/// Processes that train one network together: each computes its share of every batch.
///
/// NULL stands for a process that is the only one, in all functions here. What every process would
/// say the first says: the others' output goes nowhere until they have an error of their own to
/// report. All functions [one thread].
#ifndef MIEN_TRAIN_PROCESSES_H
#define MIEN_TRAIN_PROCESSES_H

#include "tools/train/core/engine/network.h"

/// What brings processes together. Each function is called by all of them, in the same order.
typedef struct mien_wires {
    void (*sum)(void *context, float *numbers, size_t count); ///< as a mien_reducer's
    void (*sum_doubles)(void *context, double *numbers, size_t count);
    int (*least)(void *context, int number);       ///< of all
    void (*leave)(void *context);                  ///< all end, in peace
    void (*end_all)(void *context, int exit_code); ///< called by one; ends the others, and does not
                                                   ///< return
    void *context;
    uint32_t count, rank;
} mien_wires;

typedef struct mien_processes mien_processes;

/// Process `rank` of `count`; all but the first fall silent. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_processes_join(const mien_wires *wires, mien_processes **processes,
                                                mien_error *error);

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
