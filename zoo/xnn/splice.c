// SPDX-License-Identifier: Apache-2.0
// Copies of parts of each picture's numbers: class token and token selection.
#include "zoo/xnn/steps.h"

#include <stdlib.h>
#include <string.h>

typedef struct splice_data {
    float *before;
    size_t before_count, stride, offset, count;
} splice_data;

typedef struct splice_state {
    mien_step_buffers buffers;
    size_t batch;
} splice_state;

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)step;
    (void)store;
    (void)threads;
    (void)state;
    (void)error;
    return MIEN_OK;
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)step;
    (void)threadpool;
    (void)error;
    *workspace = 0;
    ((splice_state *)state)->batch = batch;
    return MIEN_OK;
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    (void)error;
    ((splice_state *)state)->buffers = *buffers;
    return MIEN_OK;
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)threadpool;
    (void)error;
    const splice_data *data = step->data;
    const splice_state *here = state;
    const float *source = here->buffers.input[0];
    float *target = here->buffers.output;
    for (size_t picture = 0; picture < here->batch; picture++) {
        if (data->before_count) {
            memcpy(target, data->before, data->before_count * sizeof *target);
            target += data->before_count;
        }
        memcpy(target, source + data->offset, data->count * sizeof *target);
        target += data->count;
        source += data->stride;
    }
    return MIEN_OK;
}

static void free_data(mien_step *step) {
    splice_data *data = step->data;
    free(data->before);
    free(data);
}

static const mien_step_kind splice = {
    .algorithm = "copy",
    .state_size = sizeof(splice_state),
    .create = create,
    .reshape = reshape,
    .setup = setup,
    .run = run,
    .free_data = free_data,
};

mien_status mien_step_splice(mien_step *step, float *before, size_t before_count, size_t stride,
                             size_t offset, size_t count, mien_error *error) {
    splice_data *data = malloc(sizeof *data);
    if (!data) {
        free(before);
        return mien_fail_memory(error, "a token");
    }
    *data = (splice_data){before, before_count, stride, offset, count};
    step->data = data;
    step->kind = &splice;
    return MIEN_OK;
}
