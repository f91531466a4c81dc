// SPDX-License-Identifier: Apache-2.0
// Max and average pooling by XNNPACK; its average leaves padding out of the count.
#include "zoo/xnn/steps.h"

#include <math.h>
#include <stdlib.h>

typedef struct pool_data {
    mien_pool2d_options options;
    mien_padding padding;
    size_t height, width, channels;
    bool average;
} pool_data;

typedef struct pool_state {
    xnn_operator_t operator_;
} pool_state;

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    const pool_data *data = step->data;
    const mien_pool2d_options *o = &data->options;
    const mien_padding *p = &data->padding;
    pool_state *here = state;
    enum xnn_status status =
        data->average
            ? xnn_create_average_pooling2d_nhwc_f32(
                  p->top, p->right, p->bottom, p->left, o->kernel.height, o->kernel.width,
                  o->stride.height, o->stride.width, step->low, step->high, 0, &here->operator_)
            : xnn_create_max_pooling2d_nhwc_f32(p->top, p->right, p->bottom, p->left,
                                                o->kernel.height, o->kernel.width, o->stride.height,
                                                o->stride.width, 1, 1, step->low, step->high, 0,
                                                &here->operator_);
    return mien_xnn_made(error, status, here->operator_, "make a pooling");
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    const pool_data *data = step->data;
    pool_state *here = state;
    size_t alignment, height, width;
    *workspace = 0;
    enum xnn_status status =
        data->average
            ? xnn_reshape_average_pooling2d_nhwc_f32(
                  here->operator_, batch, data->height, data->width, data->channels, data->channels,
                  data->channels, workspace, &alignment, &height, &width, threadpool)
            : xnn_reshape_max_pooling2d_nhwc_f32(here->operator_, batch, data->height, data->width,
                                                 data->channels, data->channels, data->channels,
                                                 &height, &width, threadpool);
    return mien_xnn_fail(error, status, "shape a pooling");
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    const pool_data *data = step->data;
    pool_state *here = state;
    enum xnn_status status =
        data->average
            ? xnn_setup_average_pooling2d_nhwc_f32(here->operator_, buffers->workspace,
                                                   buffers->input[0], buffers->output)
            : xnn_setup_max_pooling2d_nhwc_f32(here->operator_, buffers->input[0], buffers->output);
    return mien_xnn_fail(error, status, "set up a pooling");
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    pool_state *here = state;
    return mien_xnn_fail(error, xnn_run_operator(here->operator_, threadpool), "run a pooling");
}

static void destroy(const mien_step *step, void *state) {
    (void)step;
    pool_state *here = state;
    if (here->operator_) {
        xnn_delete_operator(here->operator_);
    }
}

static void free_data(mien_step *step) {
    free(step->data);
}

#define POOL_KIND(text)                                                                            \
    {.algorithm = text,                                                                            \
     .state_size = sizeof(pool_state),                                                             \
     .create = create,                                                                             \
     .reshape = reshape,                                                                           \
     .setup = setup,                                                                               \
     .run = run,                                                                                   \
     .destroy = destroy,                                                                           \
     .free_data = free_data}
static const mien_step_kind max_pool = POOL_KIND("max pool");
static const mien_step_kind average_pool = POOL_KIND("average pool");

mien_status mien_step_pool(mien_step *step, bool average, const mien_pool2d_options *options,
                           mien_padding padding, const mien_shape *input, mien_error *error) {
    pool_data *data = malloc(sizeof *data);
    if (!data) {
        return mien_fail_memory(error, "a pooling");
    }
    *data = (pool_data){
        .options = *options,
        .padding = padding,
        .height = input->dim[0],
        .width = input->dim[1],
        .channels = input->dim[2],
        .average = average,
    };
    step->data = data;
    step->kind = average ? &average_pool : &max_pool;
    return MIEN_OK;
}
