// SPDX-License-Identifier: Apache-2.0
// Kernels of our own that work row by row, split over threads by rows.
#include "zoo/kernels/kernels.h"
#include "zoo/xnn/steps.h"

#include <stdlib.h>

typedef struct rows_data {
    mien_rows function;
    size_t rows, channels;
    float *first, *second;
    float epsilon;
} rows_data;

typedef struct rows_state {
    const mien_step *step;
    const mien_kernels *kernels;
    mien_step_buffers buffers;
    size_t rows;       ///< of the whole batch
    size_t block_rows; ///< of one task
} rows_state;

// Enough work to be worth a thread's while, in numbers.
enum { BLOCK_NUMBERS = 16384 };

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    (void)error;
    rows_state *here = state;
    here->step = step;
    here->kernels = mien_kernels_get();
    return MIEN_OK;
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)threadpool;
    (void)error;
    const rows_data *data = step->data;
    rows_state *here = state;
    *workspace = 0;
    here->rows = batch * data->rows;
    here->block_rows = BLOCK_NUMBERS / data->channels;
    if (here->block_rows == 0) {
        here->block_rows = 1;
    }
    // A block never crosses from one picture into the next, for parameters that differ by row.
    if (here->block_rows > data->rows) {
        here->block_rows = data->rows;
    }
    return MIEN_OK;
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    (void)error;
    rows_state *here = state;
    here->buffers = *buffers;
    return MIEN_OK;
}

static void compute(void *context, size_t picture, size_t first_row, size_t rows) {
    const rows_state *here = context;
    const mien_step *step = here->step;
    const rows_data *data = step->data;
    const mien_kernels *k = here->kernels;
    size_t channels = data->channels;
    size_t offset = (picture * data->rows + first_row) * channels;
    size_t count = rows * channels;
    const float *x = here->buffers.input[0] + offset;
    const float *second = here->buffers.input[1];
    float *y = here->buffers.output + offset;
    switch (data->function) {
    case MIEN_ROWS_ADD:
        k->add(x, second + offset, y, count, step->low, step->high);
        break;
    case MIEN_ROWS_MULTIPLY:
        k->multiply(x, second + offset, y, count, step->low, step->high);
        break;
    case MIEN_ROWS_MULTIPLY_GATE:
        k->multiply_channels(x, second + picture * channels, y, rows, channels, step->low,
                             step->high);
        break;
    case MIEN_ROWS_SCALE_SHIFT:
        k->scale_shift(x, data->first, data->second, y, rows, channels, step->low, step->high);
        break;
    case MIEN_ROWS_LAYER_NORM:
        k->layer_norm(x, data->first, data->second, y, rows, channels, data->epsilon);
        break;
    case MIEN_ROWS_ADD_PARAMETER:
        k->add(x, data->first + first_row * channels, y, count, step->low, step->high);
        break;
    case MIEN_ROWS_SILU:
        k->silu(x, y, count, step->low, step->high);
        break;
    }
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)error;
    const rows_data *data = step->data;
    rows_state *here = state;
    pthreadpool_parallelize_2d_tile_1d(threadpool, compute, here, here->rows / data->rows,
                                       data->rows, here->block_rows,
                                       PTHREADPOOL_FLAG_DISABLE_DENORMALS);
    return MIEN_OK;
}

static void free_data(mien_step *step) {
    rows_data *data = step->data;
    free(data->first);
    free(data->second);
    free(data);
}

#define ROWS_KIND(text)                                                                            \
    {.algorithm = text,                                                                            \
     .state_size = sizeof(rows_state),                                                             \
     .create = create,                                                                             \
     .reshape = reshape,                                                                           \
     .setup = setup,                                                                               \
     .run = run,                                                                                   \
     .free_data = free_data,                                                                       \
     .in_place = true}
static const mien_step_kind kinds[] = {
    [MIEN_ROWS_ADD] = ROWS_KIND("add"),
    [MIEN_ROWS_MULTIPLY] = ROWS_KIND("multiply"),
    [MIEN_ROWS_MULTIPLY_GATE] = ROWS_KIND("multiply by gate"),
    [MIEN_ROWS_SCALE_SHIFT] = ROWS_KIND("scale and shift"),
    [MIEN_ROWS_LAYER_NORM] = ROWS_KIND("layer norm"),
    [MIEN_ROWS_ADD_PARAMETER] = ROWS_KIND("add embedding"),
    [MIEN_ROWS_SILU] = ROWS_KIND("silu"),
};

mien_status mien_step_rows(mien_step *step, mien_rows function, size_t rows, size_t channels,
                           float *first, float *second, float epsilon, mien_error *error) {
    rows_data *data = malloc(sizeof *data);
    if (!data) {
        free(first);
        free(second);
        return mien_fail_memory(error, "a step");
    }
    *data = (rows_data){function, rows, channels, first, second, epsilon};
    step->data = data;
    step->kind = &kinds[function];
    return MIEN_OK;
}
