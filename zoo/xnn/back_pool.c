// SPDX-License-Identifier: Apache-2.0
// Gradients of what pools or moves numbers, split over threads by pictures and channel blocks.
#include "zoo/kernels/gradient.h"
#include "zoo/kernels/kernels.h"
#include "zoo/xnn/back_steps.h"

#include <stdlib.h>
#include <string.h>

typedef struct back_pool_data {
    mien_pool_gradient pool; ///< of others, what the extents and strides mean there
    size_t top, left;        ///< of a crop or spread
    size_t offset, count;    ///< of what stands among zeros
    size_t input, output;    ///< numbers a picture, first input and output
    size_t channels;         ///< that tasks share out
} back_pool_data;

typedef void back_pool_function(const back_pool_data *data, const float *g, const float *x,
                                float *d, size_t first, size_t last);

typedef struct back_pool_kind {
    mien_step_kind kind;
    back_pool_function *function;
} back_pool_kind;

typedef struct back_pool_state {
    const mien_step *step;
    mien_step_buffers buffers;
    size_t batch;
} back_pool_state;

enum { BLOCK_CHANNELS = 256 };

static void max_pool(const back_pool_data *data, const float *g, const float *x, float *d,
                     size_t first, size_t last) {
    mien_pool_gradient pool = data->pool;
    pool.first = first;
    pool.last = last;
    mien_kernels_get()->gradient->max_pool(&pool, g, x, d);
}

static void average_pool(const back_pool_data *data, const float *g, const float *x, float *d,
                         size_t first, size_t last) {
    (void)x;
    mien_pool_gradient pool = data->pool;
    pool.first = first;
    pool.last = last;
    mien_kernels_get()->gradient->average_pool(&pool, g, d);
}

static void mean(const back_pool_data *data, const float *g, const float *x, float *d, size_t first,
                 size_t last) {
    (void)x;
    size_t rows = data->pool.height;
    for (size_t c = first; c < last; c++) {
        d[c] = g[c] / (float)rows;
    }
    for (size_t row = 1; row < rows; row++) {
        memcpy(d + row * data->channels + first, d + first, (last - first) * sizeof *d);
    }
}

static void gate(const back_pool_data *data, const float *g, const float *x, float *d, size_t first,
                 size_t last) {
    mien_kernels_get()->gradient->gate(g, x, d, data->pool.height, data->channels, first, last);
}

static void crop(const back_pool_data *data, const float *g, const float *x, float *d, size_t first,
                 size_t last) {
    (void)x;
    const mien_pool_gradient *part = &data->pool;
    for (size_t row = 0; row < part->height; row++) {
        for (size_t column = 0; column < part->width; column++) {
            const float *source =
                g + ((row + data->top) * part->output_width + column + data->left) * data->count;
            memcpy(d + (row * part->width + column) * part->channels + first, source + first,
                   (last - first) * sizeof *d);
        }
    }
}

static void spread(const back_pool_data *data, const float *g, const float *x, float *d,
                   size_t first, size_t last) {
    (void)x;
    const mien_pool_gradient *grid = &data->pool;
    const size_t bytes = (last - first) * sizeof *d, channels = data->channels;
    for (size_t pixel = 0; pixel < grid->height * grid->width; pixel++) {
        memset(d + pixel * channels + first, 0, bytes);
    }
    for (size_t i = 0; i < grid->output_height * grid->output_width; i++) {
        size_t row = i / grid->output_width * grid->stride_height;
        size_t column = i % grid->output_width * grid->stride_width;
        bool inside = row >= data->top && row - data->top < grid->height && column >= data->left &&
                      column - data->left < grid->width;
        if (inside) {
            size_t pixel = (row - data->top) * grid->width + column - data->left;
            memcpy(d + pixel * channels + first, g + i * channels + first, bytes);
        }
    }
}

static void among_zeros(const back_pool_data *data, const float *g, const float *x, float *d,
                        size_t first, size_t last) {
    (void)x;
    (void)first;
    (void)last;
    memset(d, 0, data->output * sizeof *d);
    memcpy(d + data->offset, g, data->count * sizeof *d);
}

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    (void)error;
    ((back_pool_state *)state)->step = step;
    return MIEN_OK;
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)step;
    (void)threadpool;
    (void)error;
    *workspace = 0;
    ((back_pool_state *)state)->batch = batch;
    return MIEN_OK;
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    (void)error;
    ((back_pool_state *)state)->buffers = *buffers;
    return MIEN_OK;
}

static void compute(void *context, size_t picture, size_t first, size_t count) {
    const back_pool_state *here = context;
    const back_pool_data *data = here->step->data;
    // Every kind below is the first member of a back_pool_kind.
    const back_pool_kind *kind = (const back_pool_kind *)here->step->kind;
    const float *second = here->buffers.input[1];
    kind->function(data, here->buffers.input[0] + picture * data->input,
                   second ? second + picture * data->pool.height * data->pool.width * data->channels
                          : NULL,
                   here->buffers.output + picture * data->output, first, first + count);
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)error;
    const back_pool_data *data = step->data;
    back_pool_state *here = state;
    pthreadpool_parallelize_2d_tile_1d(threadpool, compute, here, here->batch, data->channels,
                                       BLOCK_CHANNELS, PTHREADPOOL_FLAG_DISABLE_DENORMALS);
    return MIEN_OK;
}

static void free_data(mien_step *step) {
    free(step->data);
}

#define BACK_POOL_KIND(text, what)                                                                 \
    {{.algorithm = text,                                                                           \
      .state_size = sizeof(back_pool_state),                                                       \
      .create = create,                                                                            \
      .reshape = reshape,                                                                          \
      .setup = setup,                                                                              \
      .run = run,                                                                                  \
      .free_data = free_data},                                                                     \
     what}
static const back_pool_kind max_pool_kind = BACK_POOL_KIND("max pool, back", max_pool);
static const back_pool_kind average_pool_kind = BACK_POOL_KIND("average pool, back", average_pool);
static const back_pool_kind mean_kind = BACK_POOL_KIND("mean, back", mean);
static const back_pool_kind gate_kind = BACK_POOL_KIND("gate, back", gate);
static const back_pool_kind crop_kind = BACK_POOL_KIND("crop", crop);
static const back_pool_kind spread_kind = BACK_POOL_KIND("spread", spread);
static const back_pool_kind among_zeros_kind = BACK_POOL_KIND("among zeros", among_zeros);

static mien_status fill(mien_step *step, const back_pool_kind *kind, const back_pool_data *what,
                        mien_error *error) {
    back_pool_data *data = malloc(sizeof *data);
    if (!data) {
        return mien_fail_memory(error, "a step");
    }
    *data = *what;
    step->data = data;
    step->kind = &kind->kind;
    return MIEN_OK;
}

static back_pool_data pooling(const mien_pool2d_options *o, const mien_shape *input,
                              const mien_shape *output) {
    return (back_pool_data){
        .pool =
            {
                .height = input->dim[0],
                .width = input->dim[1],
                .channels = input->dim[2],
                .output_height = output->dim[0],
                .output_width = output->dim[1],
                .kernel_height = o->kernel.height,
                .kernel_width = o->kernel.width,
                .stride_height = o->stride.height,
                .stride_width = o->stride.width,
                .top = o->padding.top,
                .right = o->padding.right,
                .bottom = o->padding.bottom,
                .left = o->padding.left,
                .count_padding = o->count_padding,
            },
        .input = output->dim[0] * output->dim[1] * output->dim[2],
        .output = input->dim[0] * input->dim[1] * input->dim[2],
        .channels = input->dim[2],
    };
}

mien_status mien_step_back_max_pool(mien_step *step, const mien_pool2d_options *options,
                                    const mien_shape *input, const mien_shape *output,
                                    mien_error *error) {
    const back_pool_data data = pooling(options, input, output);
    return fill(step, &max_pool_kind, &data, error);
}

mien_status mien_step_back_average_pool(mien_step *step, const mien_pool2d_options *options,
                                        const mien_shape *input, const mien_shape *output,
                                        mien_error *error) {
    const back_pool_data data = pooling(options, input, output);
    return fill(step, &average_pool_kind, &data, error);
}

mien_status mien_step_back_mean(mien_step *step, size_t rows, size_t channels, mien_error *error) {
    const back_pool_data data = {
        .pool = {.height = rows, .width = 1},
        .input = channels,
        .output = rows * channels,
        .channels = channels,
    };
    return fill(step, &mean_kind, &data, error);
}

mien_status mien_step_back_gate(mien_step *step, size_t rows, size_t channels, mien_error *error) {
    const back_pool_data data = {
        .pool = {.height = rows, .width = 1},
        .input = rows * channels,
        .output = channels,
        .channels = channels,
    };
    return fill(step, &gate_kind, &data, error);
}

mien_status mien_step_crop(mien_step *step, const mien_shape *input, const mien_shape *part,
                           size_t top, size_t left, mien_error *error) {
    const back_pool_data data = {
        .pool =
            {
                .height = part->dim[0],
                .width = part->dim[1],
                .channels = part->dim[2],
                .output_width = input->dim[1],
            },
        .top = top,
        .left = left,
        .count = input->dim[2],
        .input = input->dim[0] * input->dim[1] * input->dim[2],
        .output = part->dim[0] * part->dim[1] * part->dim[2],
        .channels = part->dim[2],
    };
    return fill(step, &crop_kind, &data, error);
}

mien_status mien_step_spread(mien_step *step, const mien_shape *input, mien_extent stride,
                             size_t top, size_t left, const mien_shape *grid, mien_error *error) {
    const back_pool_data data = {
        .pool =
            {
                .height = grid->dim[0],
                .width = grid->dim[1],
                .output_height = input->dim[0],
                .output_width = input->dim[1],
                .stride_height = stride.height,
                .stride_width = stride.width,
            },
        .top = top,
        .left = left,
        .input = input->dim[0] * input->dim[1] * input->dim[2],
        .output = grid->dim[0] * grid->dim[1] * grid->dim[2],
        .channels = grid->dim[2],
    };
    return fill(step, &spread_kind, &data, error);
}

mien_status mien_step_among_zeros(mien_step *step, size_t size, size_t offset, size_t count,
                                  mien_error *error) {
    const back_pool_data data = {
        .offset = offset,
        .count = count,
        .input = count,
        .output = size,
        .channels = 1,
    };
    return fill(step, &among_zeros_kind, &data, error);
}
