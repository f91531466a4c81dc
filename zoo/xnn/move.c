// SPDX-License-Identifier: Apache-2.0
// Moving numbers by XNNPACK: zero padding, and feature maps to channels first.
#include "zoo/xnn/steps.h"

#include <stdlib.h>

typedef struct move_data {
    bool transpose;
    size_t height, width, channels;
    mien_padding padding;
    size_t channels_after;
} move_data;

typedef struct move_state {
    xnn_operator_t operator_;
} move_state;

static const float zero;

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    const move_data *data = step->data;
    move_state *here = state;
    enum xnn_status status = data->transpose
                                 ? xnn_create_transpose_nd_x32(0, &here->operator_)
                                 : xnn_create_constant_pad_nd_x32(&zero, 0, &here->operator_);
    return mien_xnn_made(error, status, here->operator_, "make a copy");
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    const move_data *data = step->data;
    move_state *here = state;
    *workspace = 0;
    const size_t shape[] = {batch, data->height, data->width, data->channels};
    enum xnn_status status;
    if (data->transpose) {
        const size_t order[] = {0, 3, 1, 2};
        status = xnn_reshape_transpose_nd_x32(here->operator_, 4, shape, order, threadpool);
    } else {
        const size_t before[] = {0, data->padding.top, data->padding.left, 0};
        const size_t after[] = {0, data->padding.bottom, data->padding.right, data->channels_after};
        status =
            xnn_reshape_constant_pad_nd_x32(here->operator_, 4, shape, before, after, threadpool);
    }
    return mien_xnn_fail(error, status, "shape a copy");
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    const move_data *data = step->data;
    move_state *here = state;
    enum xnn_status status =
        data->transpose
            ? xnn_setup_transpose_nd_x32(here->operator_, buffers->input[0], buffers->output)
            : xnn_setup_constant_pad_nd_x32(here->operator_, buffers->input[0], buffers->output);
    return mien_xnn_fail(error, status, "set up a copy");
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    move_state *here = state;
    return mien_xnn_fail(error, xnn_run_operator(here->operator_, threadpool), "run a copy");
}

static void destroy(const mien_step *step, void *state) {
    (void)step;
    move_state *here = state;
    if (here->operator_) {
        xnn_delete_operator(here->operator_);
    }
}

static void free_data(mien_step *step) {
    free(step->data);
}

#define MOVE_KIND(text)                                                                            \
    {.algorithm = text,                                                                            \
     .state_size = sizeof(move_state),                                                             \
     .create = create,                                                                             \
     .reshape = reshape,                                                                           \
     .setup = setup,                                                                               \
     .run = run,                                                                                   \
     .destroy = destroy,                                                                           \
     .free_data = free_data}
static const mien_step_kind pad = MOVE_KIND("pad");
static const mien_step_kind transpose = MOVE_KIND("transpose");

static mien_status move(mien_step *step, const move_data *what, mien_error *error) {
    move_data *data = malloc(sizeof *data);
    if (!data) {
        return mien_fail_memory(error, "a copy");
    }
    *data = *what;
    step->data = data;
    step->kind = what->transpose ? &transpose : &pad;
    return MIEN_OK;
}

mien_status mien_step_pad(mien_step *step, mien_padding padding, size_t channels_after,
                          const mien_shape *input, mien_error *error) {
    const move_data data = {
        .height = input->dim[0],
        .width = input->dim[1],
        .channels = input->dim[2],
        .padding = padding,
        .channels_after = channels_after,
    };
    return move(step, &data, error);
}

mien_status mien_step_to_chw(mien_step *step, const mien_shape *input, mien_error *error) {
    const move_data data = {
        .transpose = true,
        .height = input->dim[0],
        .width = input->dim[1],
        .channels = input->dim[2],
    };
    return move(step, &data, error);
}
