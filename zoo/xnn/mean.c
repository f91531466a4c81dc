// SPDX-License-Identifier: Apache-2.0
// Mean over rows, split over threads by pictures and channel blocks.
#include "zoo/kernels/kernels.h"
#include "zoo/xnn/steps.h"

#include <stdlib.h>

typedef struct mean_data {
    size_t rows, channels;
} mean_data;

typedef struct mean_state {
    const mean_data *data;
    const mien_kernels *kernels;
    mien_step_buffers buffers;
    size_t batch;
} mean_state;

enum { BLOCK_CHANNELS = 256 };

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    (void)error;
    mean_state *here = state;
    here->data = step->data;
    here->kernels = mien_kernels_get();
    return MIEN_OK;
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)step;
    (void)threadpool;
    (void)error;
    *workspace = 0;
    ((mean_state *)state)->batch = batch;
    return MIEN_OK;
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    (void)error;
    ((mean_state *)state)->buffers = *buffers;
    return MIEN_OK;
}

static void compute(void *context, size_t picture, size_t first, size_t count) {
    const mean_state *here = context;
    const mean_data *data = here->data;
    here->kernels->mean_rows(here->buffers.input[0] + picture * data->rows * data->channels,
                             here->buffers.output + picture * data->channels, data->rows,
                             data->channels, first, first + count);
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    (void)error;
    mean_state *here = state;
    pthreadpool_parallelize_2d_tile_1d(threadpool, compute, here, here->batch, here->data->channels,
                                       BLOCK_CHANNELS, PTHREADPOOL_FLAG_DISABLE_DENORMALS);
    return MIEN_OK;
}

static void free_data(mien_step *step) {
    free(step->data);
}

static const mien_step_kind mean = {
    .algorithm = "mean",
    .state_size = sizeof(mean_state),
    .create = create,
    .reshape = reshape,
    .setup = setup,
    .run = run,
    .free_data = free_data,
};

mien_status mien_step_mean(mien_step *step, size_t rows, size_t channels, mien_error *error) {
    mean_data *data = malloc(sizeof *data);
    if (!data) {
        return mien_fail_memory(error, "a mean");
    }
    *data = (mean_data){rows, channels};
    step->data = data;
    step->kind = &mean;
    return MIEN_OK;
}
