// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/attention.h"

#include "zoo/kernels/attention.h"
#include "zoo/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>

typedef struct attention {
    size_t tokens, channels, width; // width: of a head
    uint32_t heads;
    const mien_attention_kernels *kernels;
} attention;

typedef struct attention_state {
    size_t batch;
    size_t parts, queries; // each head's queries are split into parts of so many
    size_t scratch;        // floats a thread
    mien_step_buffers buffers;
} attention_state;

enum { ATTENTION_SCRATCH_MULTIPLE = 16 };

static mien_status attention_create(const mien_step *step, mien_store *store, uint32_t threads,
                                    void *state, mien_error *error) {
    (void)step, (void)store, (void)threads, (void)state, (void)error;
    return MIEN_OK;
}

static mien_status attention_reshape(const mien_step *step, void *state_memory, size_t batch,
                                     pthreadpool_t threadpool, size_t *workspace,
                                     mien_error *error) {
    (void)error;
    const attention *layer = step->data;
    attention_state *state = state_memory;
    size_t threads = pthreadpool_get_threads_count(threadpool);
    size_t scratch = layer->kernels->scratch(layer->tokens, layer->width);
    state->batch = batch;
    state->scratch = (scratch + ATTENTION_SCRATCH_MULTIPLE - 1) / ATTENTION_SCRATCH_MULTIPLE *
                     ATTENTION_SCRATCH_MULTIPLE;
    // Every part packs its head's keys and values anew, so split only to keep all threads busy.
    size_t heads = batch * layer->heads;
    state->parts = heads % threads == 0 || heads >= 4 * threads ? 1 : threads;
    state->queries = (layer->tokens + state->parts - 1) / state->parts;
    *workspace = threads * state->scratch * sizeof(float);
    return MIEN_OK;
}

static mien_status attention_setup(const mien_step *step, void *state_memory,
                                   const mien_step_buffers *buffers, mien_error *error) {
    (void)step, (void)error;
    attention_state *state = state_memory;
    state->buffers = *buffers;
    return MIEN_OK;
}

typedef struct attention_run {
    const attention *layer;
    const attention_state *state;
} attention_run;

/// Part `item % parts` of one head of one picture.
static void attention_task(void *context, size_t thread, size_t item) {
    const attention_run *run = context;
    const attention *layer = run->layer;
    const attention_state *state = run->state;
    size_t first = item % state->parts * state->queries;
    size_t head = item / state->parts % layer->heads;
    size_t picture = item / state->parts / layer->heads;
    if (first >= layer->tokens) {
        return;
    }
    size_t count = layer->tokens - first < state->queries ? layer->tokens - first : state->queries;
    size_t stride = 3 * layer->channels;
    const float *queries =
        state->buffers.input[0] + picture * layer->tokens * stride + head * layer->width;
    const float *keys = queries + layer->channels, *values = keys + layer->channels;
    float *scratch = (float *)state->buffers.workspace + thread * state->scratch;
    float *output = state->buffers.output + (picture * layer->tokens + first) * layer->channels +
                    head * layer->width;
    layer->kernels->pack(keys, values, stride, layer->tokens, layer->width, scratch);
    layer->kernels->attend(queries + first * stride, stride, count, layer->tokens, layer->width,
                           1.0f / sqrtf((float)layer->width), scratch, output, layer->channels);
}

static mien_status attention_run_step(const mien_step *step, void *state_memory,
                                      pthreadpool_t threadpool, mien_error *error) {
    (void)error;
    const attention *layer = step->data;
    attention_state *state = state_memory;
    attention_run run = {.layer = layer, .state = state};
    pthreadpool_parallelize_1d_with_thread(threadpool, attention_task, &run,
                                           state->batch * layer->heads * state->parts, 0);
    return MIEN_OK;
}

static void attention_destroy(const mien_step *step, void *state) {
    (void)step, (void)state;
}

static void attention_free(mien_step *step) {
    free(step->data);
    step->data = NULL;
}

static const mien_step_kind attention_kind = {
    .algorithm = "blocked attention",
    .state_size = sizeof(attention_state),
    .create = attention_create,
    .reshape = attention_reshape,
    .setup = attention_setup,
    .run = attention_run_step,
    .destroy = attention_destroy,
    .free_data = attention_free,
};

mien_status mien_step_attention(mien_step *step, size_t tokens, size_t channels, uint32_t heads,
                                mien_error *error) {
    attention *layer = malloc(sizeof *layer);
    if (!layer) {
        return mien_fail_memory(error, "attention");
    }
    *layer = (attention){
        .tokens = tokens,
        .channels = channels,
        .width = channels / heads,
        .heads = heads,
        .kernels = mien_kernels_get()->attention,
    };
    step->kind = &attention_kind;
    step->data = layer;
    return MIEN_OK;
}
