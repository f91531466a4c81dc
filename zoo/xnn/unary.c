// SPDX-License-Identifier: Apache-2.0
// XNNPACK's elementwise functions and softmax.
#include "zoo/xnn/steps.h"

#include <math.h>
#include <stdlib.h>

typedef struct unary_data {
    mien_unary function;
    size_t rows, channels;
} unary_data;

typedef struct unary_state {
    xnn_operator_t operator_;
} unary_state;

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    const unary_data *data = step->data;
    unary_state *here = state;
    enum xnn_status status;
    if (data->function == MIEN_UNARY_SOFTMAX) {
        status = xnn_create_softmax_nc_f32(0, &here->operator_);
    } else {
        static const enum xnn_unary_operator functions[] = {
            [MIEN_UNARY_CLAMP] = xnn_unary_clamp,
            [MIEN_UNARY_GELU] = xnn_unary_gelu,
            [MIEN_UNARY_SIGMOID] = xnn_unary_sigmoid,
            [MIEN_UNARY_HARD_SWISH] = xnn_unary_hardswish,
        };
        union xnn_unary_params parameters = {.clamp = {step->low, step->high}};
        status = xnn_create_unary_elementwise_nc(functions[data->function], xnn_datatype_fp32,
                                                 xnn_datatype_fp32, &parameters, NULL, NULL, 0,
                                                 &here->operator_);
    }
    return mien_xnn_made(error, status, here->operator_, "make an elementwise function");
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    const unary_data *data = step->data;
    unary_state *here = state;
    size_t rows = batch * data->rows;
    *workspace = 0;
    enum xnn_status status =
        data->function == MIEN_UNARY_SOFTMAX
            ? xnn_reshape_softmax_nc_f32(here->operator_, data->channels, data->channels,
                                         data->channels, rows, threadpool)
            : xnn_reshape_unary_elementwise_nc(here->operator_, rows, data->channels,
                                               data->channels, data->channels, threadpool);
    return mien_xnn_fail(error, status, "shape an elementwise function");
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    const unary_data *data = step->data;
    unary_state *here = state;
    enum xnn_status status =
        data->function == MIEN_UNARY_SOFTMAX
            ? xnn_setup_softmax_nc_f32(here->operator_, buffers->input[0], buffers->output)
            : xnn_setup_unary_elementwise_nc(here->operator_, buffers->input[0], buffers->output);
    return mien_xnn_fail(error, status, "set up an elementwise function");
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    unary_state *here = state;
    return mien_xnn_fail(error, xnn_run_operator(here->operator_, threadpool),
                         "run an elementwise function");
}

static void destroy(const mien_step *step, void *state) {
    (void)step;
    unary_state *here = state;
    if (here->operator_) {
        xnn_delete_operator(here->operator_);
    }
}

static void free_data(mien_step *step) {
    free(step->data);
}

#define UNARY_KIND(text, may_be_in_place)                                                          \
    {.algorithm = text,                                                                            \
     .state_size = sizeof(unary_state),                                                            \
     .create = create,                                                                             \
     .reshape = reshape,                                                                           \
     .setup = setup,                                                                               \
     .run = run,                                                                                   \
     .destroy = destroy,                                                                           \
     .free_data = free_data,                                                                       \
     .in_place = may_be_in_place}
static const mien_step_kind elementwise = UNARY_KIND("elementwise", true);
static const mien_step_kind softmax = UNARY_KIND("softmax", false);

mien_status mien_step_unary(mien_step *step, mien_unary function, size_t rows, size_t channels,
                            mien_error *error) {
    unary_data *data = malloc(sizeof *data);
    if (!data) {
        return mien_fail_memory(error, "an elementwise function");
    }
    *data = (unary_data){function, rows, channels};
    step->data = data;
    step->kind = function == MIEN_UNARY_SOFTMAX ? &softmax : &elementwise;
    return MIEN_OK;
}
