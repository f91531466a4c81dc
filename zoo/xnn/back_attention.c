// SPDX-License-Identifier: Apache-2.0
// The gradient of self-attention, split over threads by pictures and heads.
#include "zoo/kernels/gradient.h"
#include "zoo/kernels/kernels.h"
#include "zoo/xnn/back_steps.h"

#include <math.h>
#include <stdlib.h>

typedef struct back_attention {
    size_t tokens, channels, width; // width: of a head
    uint32_t heads;
} back_attention;

typedef struct back_attention_state {
    const back_attention *layer;
    size_t batch;
    size_t scratch; // floats a thread
    mien_step_buffers buffers;
} back_attention_state;

enum { SCRATCH_MULTIPLE = 16 };

static mien_status create(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error) {
    (void)store;
    (void)threads;
    (void)error;
    ((back_attention_state *)state)->layer = step->data;
    return MIEN_OK;
}

static mien_status reshape(const mien_step *step, void *state_memory, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)error;
    const back_attention *layer = step->data;
    back_attention_state *state = state_memory;
    size_t scratch = mien_kernels_get()->gradient->attention_scratch(layer->tokens, layer->width);
    state->batch = batch;
    state->scratch = (scratch + SCRATCH_MULTIPLE - 1) / SCRATCH_MULTIPLE * SCRATCH_MULTIPLE;
    *workspace = pthreadpool_get_threads_count(threadpool) * state->scratch * sizeof(float);
    return MIEN_OK;
}

static mien_status setup(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error) {
    (void)step;
    (void)error;
    ((back_attention_state *)state)->buffers = *buffers;
    return MIEN_OK;
}

static void compute(void *context, size_t thread, size_t item) {
    const back_attention_state *state = context;
    const back_attention *layer = state->layer;
    size_t head = item % layer->heads, picture = item / layer->heads;
    size_t stride = 3 * layer->channels, offset = picture * layer->tokens * stride;
    offset += head * layer->width;
    const float *g =
        state->buffers.input[0] + picture * layer->tokens * layer->channels + head * layer->width;
    mien_kernels_get()->gradient->attention(
        g, layer->channels, state->buffers.input[1] + offset, state->buffers.output + offset,
        stride, layer->channels, layer->tokens, layer->width, 1.0f / sqrtf((float)layer->width),
        (float *)state->buffers.workspace + thread * state->scratch);
}

static mien_status run(const mien_step *step, void *state_memory, pthreadpool_t threadpool,
                       mien_error *error) {
    (void)error;
    const back_attention *layer = step->data;
    back_attention_state *state = state_memory;
    pthreadpool_parallelize_1d_with_thread(threadpool, compute, state, state->batch * layer->heads,
                                           PTHREADPOOL_FLAG_DISABLE_DENORMALS);
    return MIEN_OK;
}

static void free_data(mien_step *step) {
    free(step->data);
}

static const mien_step_kind kind = {
    .algorithm = "attention, back",
    .state_size = sizeof(back_attention_state),
    .create = create,
    .reshape = reshape,
    .setup = setup,
    .run = run,
    .free_data = free_data,
};

mien_status mien_step_back_attention(mien_step *step, size_t tokens, size_t channels,
                                     uint32_t heads, mien_error *error) {
    back_attention *layer = malloc(sizeof *layer);
    if (!layer) {
        return mien_fail_memory(error, "attention");
    }
    *layer = (back_attention){tokens, channels, channels / heads, heads};
    step->kind = &kind;
    step->data = layer;
    return MIEN_OK;
}
