// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/processes.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(MIEN_MPI)
#include <mpi.h>
#endif

struct mien_processes {
    mien_reducer reducer;
    int standard_error; ///< of a process that is not the first, as it was; −1: not silenced
    bool over;          ///< a failure is known to all
    bool told;          ///< it is another's
    bool broken;
};

/// Processes that were started together, as Open MPI, MPICH and Slurm tell; 1 where nobody does.
static long started_together(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *const text = getenv(names[i]);
        if (text) {
            return strtol(text, NULL, 10);
        }
    }
    return 1;
}

uint32_t mien_processes_count(const mien_processes *processes) {
    return processes ? processes->reducer.processes : 1;
}

uint32_t mien_processes_rank(const mien_processes *processes) {
    return processes ? processes->reducer.rank : 0;
}

const mien_reducer *mien_processes_reducer(const mien_processes *processes) {
    return processes ? &processes->reducer : NULL;
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

#if defined(MIEN_MPI)

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

static void sum(void *context, float *numbers, size_t count) {
    (void)context;
    for (size_t done = 0; done < count;) { // MPI counts in int
        const size_t left = count - done, part = left < INT_MAX ? left : INT_MAX;
        MPI_Allreduce(MPI_IN_PLACE, numbers + done, (int)part, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
        done += part;
    }
}

mien_status mien_processes_join(mien_processes **joined, mien_error *error) {
    *joined = NULL;
    if (started_together() < 2) {
        return MIEN_OK;
    }
    int provided, count, rank;
    mien_processes *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "joining other processes");
    }
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_FUNNELED) {
        free(made);
        return mien_fail(error, MIEN_INTERNAL, "MPI does not start in a program with threads");
    }
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    made->reducer =
        (mien_reducer){.sum = sum, .processes = (uint32_t)count, .rank = (uint32_t)rank};
    made->standard_error = -1;
    if (rank > 0) {
        fall_silent(made);
    }
    *joined = made;
    return MIEN_OK;
}

void mien_processes_sum(const mien_processes *processes, double *numbers, size_t count) {
    if (processes) {
        MPI_Allreduce(MPI_IN_PLACE, numbers, (int)count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    }
}

enum { STATUSES = 64 }; // more than there are

mien_status mien_processes_agree(mien_processes *processes, mien_status status, mien_error *error) {
    if (!processes || processes->over || processes->broken) {
        return status;
    }
    const int rank = (int)processes->reducer.rank;
    const int mine = status == MIEN_OK ? INT_MAX : rank * STATUSES + (int)status;
    int least = mine;
    MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    processes->over = least != INT_MAX;
    processes->told = least != mine;
    return processes->told ? mien_fail(error, (mien_status)(least % STATUSES), "process %d failed",
                                       least / STATUSES)
                           : status;
}

bool mien_processes_any(const mien_processes *processes, bool mine) {
    int any = mine;
    if (processes) {
        MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    }
    return any;
}

void mien_processes_leave(mien_processes *processes, int exit_code) {
    if (!processes) {
        return;
    }
    if (processes->broken) {
        MPI_Abort(MPI_COMM_WORLD, exit_code);
    }
    MPI_Finalize();
    if (processes->standard_error >= 0) {
        close(processes->standard_error);
    }
    free(processes);
}

#else

mien_status mien_processes_join(mien_processes **joined, mien_error *error) {
    *joined = NULL;
    const long count = started_together();
    return count < 2 ? MIEN_OK
                     : mien_fail(error, MIEN_UNSUPPORTED,
                                 "%ld processes were started together, but this mien-train was "
                                 "built without MPI (package libopenmpi-dev), so each would train "
                                 "by itself",
                                 count);
}

void mien_processes_sum(const mien_processes *processes, double *numbers, size_t count) {
    (void)processes, (void)numbers, (void)count;
}

mien_status mien_processes_agree(mien_processes *processes, mien_status status, mien_error *error) {
    (void)processes, (void)error;
    return status;
}

bool mien_processes_any(const mien_processes *processes, bool mine) {
    (void)processes;
    return mine;
}

void mien_processes_leave(mien_processes *processes, int exit_code) {
    (void)processes, (void)exit_code;
}

#endif
