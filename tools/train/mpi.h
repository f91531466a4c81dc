// SPDX-License-Identifier: Apache-2.0
/// @file
/// Processes that `mpirun -np N` started.
#ifndef MIEN_TRAIN_MPI_H
#define MIEN_TRAIN_MPI_H

#include "tools/train/core/processes.h"

/// Joins the others. `*processes` is NULL where there are none. Before the first OpenMP thread.
/// Errors: MIEN_UNSUPPORTED (started by mpirun, but built without MPI), MIEN_INTERNAL,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_mpi_join(mien_processes **processes, mien_error *error);

#endif
