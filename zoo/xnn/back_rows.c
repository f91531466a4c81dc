// SPDX-License-Identifier: Apache-2.0
// Gradients that work row by row, split over threads by rows.
#include "zoo/kernels/gradient.h"
#include "zoo/kernels/kernels.h"
#include "zoo/xnn/back_steps.h"

#include <stdlib.h>

typedef struct back_rows_data {
    mien_back_rows function;
    size_t rows, channels;
    float *parameter;
    float epsilon;
} back_rows_data;

typedef struct back_rows_state {
    const mien_step *step;
    mien_step_buffers buffers;
    size_t rows;       ///< of the whole batch
    size_t block_rows; ///< of one task
} back_rows_state;

// Enough work to be worth a thread's while, in numbers.
enum { BLOCK_NUMBERS = 16384 };

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    (void)error;
    ((back_rows_state *)state)->step = step;
    return MIEN_OK;
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)threadpool;
    (void)error;
    const back_rows_data *data = step->data;
    back_rows_state *here = state;
    *workspace = 0;
    here->rows = batch * data->rows;
    here->block_rows = BLOCK_NUMBERS / data->channels + 1;
    return MIEN_OK;
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    (void)error;
    ((back_rows_state *)state)->buffers = *buffers;
    return MIEN_OK;
}

static void compute(void *context, size_t first_row, size_t rows) {
    const back_rows_state *here = context;
    const mien_step *step = here->step;
    const back_rows_data *data = step->data;
    const mien_gradient_kernels *k = mien_kernels_get()->gradient;
    size_t offset = first_row * data->channels, count = rows * data->channels;
    const float *g = here->buffers.input[0] + offset, *x = here->buffers.input[1] + offset;
    float *d = here->buffers.output + offset;
    switch (data->function) {
    case MIEN_BACK_CLAMP:
        k->clamp(g, x, d, count, step->low, step->high);
        break;
    case MIEN_BACK_GELU:
        k->gelu(g, x, d, count);
        break;
    case MIEN_BACK_SIGMOID:
        k->sigmoid(g, x, d, count);
        break;
    case MIEN_BACK_SILU:
        k->silu(g, x, d, count);
        break;
    case MIEN_BACK_HARD_SWISH:
        k->hard_swish(g, x, d, count);
        break;
    case MIEN_BACK_SOFTMAX:
        k->softmax(g, x, d, rows, data->channels);
        break;
    case MIEN_BACK_LAYER_NORM:
        k->layer_norm(g, x, data->parameter, d, rows, data->channels, data->epsilon);
        break;
    }
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    (void)error;
    back_rows_state *here = state;
    pthreadpool_parallelize_1d_tile_1d(threadpool, compute, here, here->rows, here->block_rows,
                                       PTHREADPOOL_FLAG_DISABLE_DENORMALS);
    return MIEN_OK;
}

static void free_data(mien_step *step) {
    back_rows_data *data = step->data;
    free(data->parameter);
    free(data);
}

#define BACK_ROWS_KIND(text)                                                                       \
    {.algorithm = text,                                                                            \
     .state_size = sizeof(back_rows_state),                                                        \
     .create = create,                                                                             \
     .reshape = reshape,                                                                           \
     .setup = setup,                                                                               \
     .run = run,                                                                                   \
     .free_data = free_data,                                                                       \
     .in_place = true}
static const mien_step_kind kinds[] = {
    [MIEN_BACK_CLAMP] = BACK_ROWS_KIND("clamp, back"),
    [MIEN_BACK_GELU] = BACK_ROWS_KIND("gelu, back"),
    [MIEN_BACK_SIGMOID] = BACK_ROWS_KIND("sigmoid, back"),
    [MIEN_BACK_SILU] = BACK_ROWS_KIND("silu, back"),
    [MIEN_BACK_HARD_SWISH] = BACK_ROWS_KIND("hard swish, back"),
    [MIEN_BACK_SOFTMAX] = BACK_ROWS_KIND("softmax, back"),
    [MIEN_BACK_LAYER_NORM] = BACK_ROWS_KIND("layer norm, back"),
};

mien_status mien_step_back_rows(mien_step *step, mien_back_rows function, size_t rows,
                                size_t channels, float *parameter, float epsilon,
                                mien_error *error) {
    back_rows_data *data = malloc(sizeof *data);
    if (!data) {
        free(parameter);
        return mien_fail_memory(error, "a step");
    }
    *data = (back_rows_data){function, rows, channels, parameter, epsilon};
    step->data = data;
    step->kind = &kinds[function];
    return MIEN_OK;
}
