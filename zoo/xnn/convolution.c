// SPDX-License-Identifier: Apache-2.0
// Direct convolution: XNNPACK's GEMM, indirect GEMM or depthwise kernels.
#include "zoo/xnn/dense.h"
#include "zoo/xnn/steps.h"

#include <stdlib.h>

typedef struct convolution_data {
    mien_conv2d_options options;
    size_t height, width, channels;
    float *weight; ///< {filters, kh, kw, C / groups}; NULL once packed
    float *bias;   ///< NULL when there is none, or once packed
} convolution_data;

typedef struct convolution_state {
    xnn_operator_t operator_;
} convolution_state;

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)threads;
    const convolution_data *data = step->data;
    const mien_conv2d_options *o = &data->options;
    convolution_state *here = state;
    xnn_weights_cache_t cache = mien_store_select(store, step->id, 0);
    enum xnn_status status = xnn_create_convolution2d_nhwc_f32(
        o->padding.top, o->padding.right, o->padding.bottom, o->padding.left, o->kernel.height,
        o->kernel.width, o->stride.height, o->stride.width, o->dilation.height, o->dilation.width,
        o->groups, data->channels / o->groups, o->filters / o->groups, data->channels, o->filters,
        mien_store_kernel(store, data->weight), data->bias, step->low, step->high, 0, NULL, cache,
        &here->operator_);
    return mien_xnn_made(error, status, here->operator_, "make a convolution");
}

static mien_status reshape(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    const convolution_data *data = step->data;
    convolution_state *here = state;
    size_t alignment, height, width;
    enum xnn_status status =
        xnn_reshape_convolution2d_nhwc_f32(here->operator_, batch, data->height, data->width,
                                           workspace, &alignment, &height, &width, threadpool);
    return mien_xnn_fail(error, status, "shape a convolution");
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    convolution_state *here = state;
    enum xnn_status status = xnn_setup_convolution2d_nhwc_f32(here->operator_, buffers->workspace,
                                                              buffers->input[0], buffers->output);
    return mien_xnn_fail(error, status, "set up a convolution");
}

static mien_status run(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)step;
    convolution_state *here = state;
    return mien_xnn_fail(error, xnn_run_operator(here->operator_, threadpool), "run a convolution");
}

static void destroy(const mien_step *step, void *state) {
    (void)step;
    convolution_state *here = state;
    if (here->operator_) {
        xnn_delete_operator(here->operator_);
    }
}

static void packed(mien_step *step) {
    convolution_data *data = step->data;
    free(data->weight);
    free(data->bias);
    data->weight = NULL;
    data->bias = NULL;
}

static void free_data(mien_step *step) {
    packed(step);
    free(step->data);
}

#define CONVOLUTION_KIND(text)                                                                     \
    {.algorithm = text,                                                                            \
     .state_size = sizeof(convolution_state),                                                      \
     .create = create,                                                                             \
     .reshape = reshape,                                                                           \
     .setup = setup,                                                                               \
     .run = run,                                                                                   \
     .destroy = destroy,                                                                           \
     .packed = packed,                                                                             \
     .free_data = free_data}
static const mien_step_kind gemm = CONVOLUTION_KIND("gemm");
static const mien_step_kind indirect_gemm = CONVOLUTION_KIND("indirect gemm");
static const mien_step_kind depthwise = CONVOLUTION_KIND("depthwise");

static const mien_step_kind *kind_of(const mien_conv2d_options *o, size_t channels) {
    if (o->groups == channels && o->groups > 1) {
        return &depthwise;
    }
    bool pointwise = o->kernel.height == 1 && o->kernel.width == 1 && o->stride.height == 1 &&
                     o->stride.width == 1;
    return pointwise ? &gemm : &indirect_gemm;
}

// {filters, C, kh, kw} to {filters, kh, kw, C}, XNNPACK's order.
static mien_status to_channels_last(const mien_conv2d_options *o, size_t channels, float **weight,
                                    mien_error *error) {
    size_t area = (size_t)o->kernel.height * o->kernel.width;
    if (area == 1 || channels == 1) {
        return MIEN_OK;
    }
    const float *source = *weight;
    float *target = malloc(o->filters * channels * area * sizeof *target);
    if (!target) {
        return mien_fail_memory(error, "weights");
    }
    for (size_t filter = 0; filter < o->filters; filter++) {
        for (size_t c = 0; c < channels; c++) {
            for (size_t k = 0; k < area; k++) {
                target[(filter * area + k) * channels + c] =
                    source[(filter * channels + c) * area + k];
            }
        }
    }
    free(*weight);
    *weight = target;
    return MIEN_OK;
}

mien_status mien_step_convolution(mien_step *step, const mien_conv2d_options *options,
                                  const mien_shape *input, float *weight, float *bias,
                                  mien_error *error) {
    size_t channels = input->dim[2];
    if (options->groups == 1 && mien_dense_pays()) {
        return mien_step_dense(step, options, input->dim[0], input->dim[1], channels, weight, bias,
                               error);
    }
    convolution_data *data = malloc(sizeof *data);
    mien_status status = data
                             ? to_channels_last(options, channels / options->groups, &weight, error)
                             : mien_fail_memory(error, "a convolution");
    if (status != MIEN_OK) {
        free(weight);
        free(bias);
        free(data);
        return status;
    }
    *data = (convolution_data){
        .options = *options,
        .height = input->dim[0],
        .width = input->dim[1],
        .channels = channels,
        .weight = weight,
        .bias = bias,
    };
    step->data = data;
    step->kind = kind_of(options, channels);
    return MIEN_OK;
}
