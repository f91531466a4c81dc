// SPDX-License-Identifier: Apache-2.0
// Fully connected layers by XNNPACK.
#include "zoo/xnn/dense.h"
#include "zoo/xnn/steps.h"

#include <stdlib.h>

typedef struct linear_data {
    size_t rows, inputs, outputs;
    float *weight; ///< {outputs, inputs}; NULL once packed
    float *bias;
} linear_data;

typedef struct linear_state {
    xnn_operator_t operator_;
} linear_state;

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)threads;
    const linear_data *data = step->data;
    linear_state *here = state;
    xnn_weights_cache_t cache = mien_store_select(store, step->id, 0);
    enum xnn_status status =
        xnn_create_fully_connected_nc_f32(data->inputs, data->outputs, data->inputs, data->outputs,
                                          mien_store_kernel(store, data->weight), data->bias,
                                          step->low, step->high, 0, NULL, cache, &here->operator_);
    return mien_xnn_made(error, status, here->operator_, "make a linear layer");
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    const linear_data *data = step->data;
    linear_state *here = state;
    *workspace = 0;
    enum xnn_status status =
        xnn_reshape_fully_connected_nc_f32(here->operator_, batch * data->rows, threadpool);
    return mien_xnn_fail(error, status, "shape a linear layer");
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    linear_state *here = state;
    enum xnn_status status =
        xnn_setup_fully_connected_nc_f32(here->operator_, buffers->input[0], buffers->output);
    return mien_xnn_fail(error, status, "set up a linear layer");
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    linear_state *here = state;
    return mien_xnn_fail(error, xnn_run_operator(here->operator_, threadpool),
                         "run a linear layer");
}

static void destroy(const mien_step *step, void *state) {
    (void)step;
    linear_state *here = state;
    if (here->operator_) {
        xnn_delete_operator(here->operator_);
    }
}

static void packed(mien_step *step) {
    linear_data *data = step->data;
    free(data->weight);
    free(data->bias);
    data->weight = NULL;
    data->bias = NULL;
}

static void free_data(mien_step *step) {
    packed(step);
    free(step->data);
}

static const mien_step_kind linear = {
    .algorithm = "gemm",
    .state_size = sizeof(linear_state),
    .create = create,
    .reshape = reshape,
    .setup = setup,
    .run = run,
    .destroy = destroy,
    .packed = packed,
    .free_data = free_data,
};

mien_status mien_step_linear(mien_step *step, size_t rows, size_t inputs, size_t outputs,
                             float *weight, float *bias, mien_error *error) {
    if (mien_dense_pays()) {
        const mien_conv2d_options pointwise = {
            .filters = (uint32_t)outputs, .kernel = {1, 1}, .groups = 1};
        return mien_step_dense(step, &pointwise, rows, 1, inputs, weight, bias, error);
    }
    linear_data *data = malloc(sizeof *data);
    if (!data) {
        free(weight);
        free(bias);
        return mien_fail_memory(error, "a linear layer");
    }
    *data = (linear_data){rows, inputs, outputs, weight, bias};
    step->data = data;
    step->kind = &linear;
    return MIEN_OK;
}
