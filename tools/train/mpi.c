// SPDX-License-Identifier: Apache-2.0
#include "tools/train/mpi.h"

#include "tools/train/guard.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(MIEN_MPI)
#include <mpi.h>
#endif
#if defined(MIEN_PMIX)
#include <pmix.h>
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

/// MPI's own end waits for mpirun and for every guard, which may be gone.
static void leave(void *context) {
    if (least(context, mien_guard_lost() ? 0 : 1) != 0) {
        MPI_Finalize();
    }
    mien_guard_set_peers(NULL, 0);
    free(context);
}

static void end_all(void *context, int exit_code) {
    (void)context;
    MPI_Abort(MPI_COMM_WORLD, exit_code);
}

#if defined(MIEN_PMIX)

static void lose(size_t handler, pmix_status_t status, const pmix_proc_t *source,
                 pmix_info_t *details, size_t detail_count, pmix_info_t *results,
                 size_t result_count, pmix_event_notification_cbfunc_fn_t reply, void *context) {
    (void)handler, (void)status, (void)source, (void)details, (void)detail_count;
    (void)results, (void)result_count;
    mien_guard_lose();
    if (reply) {
        reply(PMIX_EVENT_ACTION_COMPLETE, NULL, 0, NULL, NULL, context);
    }
}

/// Without this Open MPI ends a process whose mpirun is gone, in the midst of a step.
static void outlive_mpirun(void) {
    pmix_status_t codes[] = {PMIX_ERR_LOST_CONNECTION};
    if (PMIx_Initialized()) {
        PMIx_Register_event_handler(codes, 1, NULL, 0, lose, NULL, NULL);
    }
}

#else

static void outlive_mpirun(void) {}

#endif

/// The processes of this machine, which wait for each other's numbers; free() them.
static mien_status share_pids(pid_t **pids, size_t *count, mien_error *error) {
    MPI_Comm here;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
    int size;
    MPI_Comm_size(here, &size);
    pid_t mine = getpid(), *const made = calloc((size_t)size, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "joining other processes");
    }
    MPI_Allgather(&mine, sizeof mine, MPI_BYTE, made, sizeof mine, MPI_BYTE, here);
    MPI_Comm_free(&here);
    *pids = made;
    *count = (size_t)size;
    return MIEN_OK;
}

mien_status mien_mpi_join(mien_processes **processes, mien_error *error) {
    *processes = NULL;
    if (started_together() < 2) {
        return MIEN_OK;
    }
    mien_guard_begin();
    int provided, count, rank;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_FUNNELED) {
        return mien_fail(error, MIEN_INTERNAL, "MPI does not start in a program with threads");
    }
    pid_t *pids;
    size_t pid_count;
    mien_status status = share_pids(&pids, &pid_count, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_guard_set_peers(pids, pid_count);
    outlive_mpirun();
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const mien_wires wires = {
        .sum = sum,
        .sum_doubles = sum_doubles,
        .least = least,
        .leave = leave,
        .end_all = end_all,
        .context = pids,
        .count = (uint32_t)count,
        .rank = (uint32_t)rank,
    };
    status = mien_processes_join(&wires, processes, error);
    if (status != MIEN_OK) {
        mien_guard_set_peers(NULL, 0);
        free(pids);
    }
    return status;
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
