// SPDX-License-Identifier: Apache-2.0
#include "tools/train/mpi.h"

#include <limits.h>
#include <stdlib.h>

#if defined(MIEN_MPI)
#include <mpi.h>
#endif

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

#if defined(MIEN_MPI)

static void sum(void *context, float *numbers, size_t count) {
    (void)context;
    for (size_t done = 0; done < count;) { // MPI counts in int
        const size_t left = count - done, part = left < INT_MAX ? left : INT_MAX;
        MPI_Allreduce(MPI_IN_PLACE, numbers + done, (int)part, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
        done += part;
    }
}

static void sum_doubles(void *context, double *numbers, size_t count) {
    (void)context;
    MPI_Allreduce(MPI_IN_PLACE, numbers, (int)count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}

static int least(void *context, int number) {
    (void)context;
    MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return number;
}

static void leave(void *context) {
    (void)context;
    MPI_Finalize();
}

static void end_all(void *context, int exit_code) {
    (void)context;
    MPI_Abort(MPI_COMM_WORLD, exit_code);
}

mien_status mien_mpi_join(mien_processes **processes, mien_error *error) {
    *processes = NULL;
    if (started_together() < 2) {
        return MIEN_OK;
    }
    int provided, count, rank;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_FUNNELED) {
        return mien_fail(error, MIEN_INTERNAL, "MPI does not start in a program with threads");
    }
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const mien_wires wires = {
        .sum = sum,
        .sum_doubles = sum_doubles,
        .least = least,
        .leave = leave,
        .end_all = end_all,
        .count = (uint32_t)count,
        .rank = (uint32_t)rank,
    };
    return mien_processes_join(&wires, processes, error);
}

#else

mien_status mien_mpi_join(mien_processes **processes, mien_error *error) {
    *processes = NULL;
    const long count = started_together();
    return count < 2 ? MIEN_OK
                     : mien_fail(error, MIEN_UNSUPPORTED,
                                 "%ld processes were started together, but this mien-train was "
                                 "built without MPI (package libopenmpi-dev), so each would train "
                                 "by itself",
                                 count);
}

#endif
