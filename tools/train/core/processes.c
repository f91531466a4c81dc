// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/processes.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { STATUSES = 64 }; // more than there are

struct mien_processes {
    mien_wires wires;
    mien_reducer reducer;
    int standard_error; ///< of a process that is not the first, as it was; −1: not silenced
    bool over;          ///< a failure is known to all
    bool told;          ///< it is another's
    bool broken;
};

static void fall_silent(mien_processes *processes) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    processes->standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (nowhere >= 0 && processes->standard_error >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    if (nowhere >= 0) {
        close(nowhere);
    }
}

mien_status mien_processes_join(const mien_wires *wires, mien_processes **processes,
                                mien_error *error) {
    mien_processes *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "joining other processes");
    }
    made->wires = *wires;
    made->reducer = (mien_reducer){
        .sum = wires->sum,
        .context = wires->context,
        .processes = wires->count,
        .rank = wires->rank,
    };
    made->standard_error = -1;
    if (wires->rank > 0) {
        fall_silent(made);
    }
    *processes = made;
    return MIEN_OK;
}

uint32_t mien_processes_count(const mien_processes *processes) {
    return processes ? processes->wires.count : 1;
}

uint32_t mien_processes_rank(const mien_processes *processes) {
    return processes ? processes->wires.rank : 0;
}

const mien_reducer *mien_processes_reducer(const mien_processes *processes) {
    return processes ? &processes->reducer : NULL;
}

void mien_processes_sum(const mien_processes *processes, double *numbers, size_t count) {
    if (processes) {
        processes->wires.sum_doubles(processes->wires.context, numbers, count);
    }
}

bool mien_processes_any(const mien_processes *processes, bool mine) {
    return processes ? processes->wires.least(processes->wires.context, mine ? 0 : 1) == 0 : mine;
}

mien_status mien_processes_agree(mien_processes *processes, mien_status status, mien_error *error) {
    if (!processes || processes->over || processes->broken) {
        return status;
    }
    const mien_wires *const wires = &processes->wires;
    const int mine = status == MIEN_OK ? INT_MAX : (int)wires->rank * STATUSES + (int)status;
    const int least = wires->least(wires->context, mine);
    processes->over = least != INT_MAX;
    processes->told = least != mine;
    return processes->told ? mien_fail(error, (mien_status)(least % STATUSES), "process %d failed",
                                       least / STATUSES)
                           : status;
}

void mien_processes_break(mien_processes *processes) {
    if (processes) {
        processes->broken = true;
        processes->told = false;
    }
}

bool mien_processes_speak(mien_processes *processes) {
    if (!processes) {
        return true;
    }
    if (processes->told) {
        return false;
    }
    if (processes->standard_error >= 0) {
        dup2(processes->standard_error, STDERR_FILENO);
        close(processes->standard_error);
        processes->standard_error = -1;
    }
    return true;
}

void mien_processes_leave(mien_processes *processes, int exit_code) {
    if (!processes) {
        return;
    }
    if (processes->broken) {
        processes->wires.end_all(processes->wires.context, exit_code);
    }
    processes->wires.leave(processes->wires.context);
    if (processes->standard_error >= 0) {
        close(processes->standard_error);
    }
    free(processes);
}
