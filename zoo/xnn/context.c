// SPDX-License-Identifier: Apache-2.0
// Run contexts: operators, activations and a thread pool of one running thread.
#include "mien/gradient.h"
#include "zoo/xnn/session.h"
#include "zoo/xnn/threads.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

struct mien_context {
    mien_session *session;
    pthreadpool_t threadpool; ///< NULL for one thread
    void **states;            ///< per step
    uint32_t created;         ///< how many of them have been made
    size_t *workspace;        ///< per step, bytes
    mien_arena arena;
    char *memory;
    size_t memory_bytes;
    size_t batch; ///< 0 before the first plan
};

static size_t page_round(size_t bytes) {
    const size_t page = 4096;
    return (bytes + page - 1) / page * page;
}

// Activations are mapped, not allocated from the heap: freed at once, and page-aligned.
static void unmap(mien_context *context) {
    if (context->memory) {
        munmap(context->memory, context->memory_bytes);
    }
    context->memory = NULL;
    context->memory_bytes = 0;
}

static mien_status map(mien_context *context, size_t bytes, mien_error *error) {
    if (bytes > SIZE_MAX / 2) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "activations of %zu bytes are too large",
                         bytes);
    }
    bytes = page_round(bytes);
    if (bytes <= context->memory_bytes) {
        return MIEN_OK;
    }
    unmap(context);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return mien_fail(error, MIEN_OUT_OF_MEMORY, "out of memory for %zu bytes of activations",
                         bytes);
    }
    context->memory = memory;
    context->memory_bytes = bytes;
    return MIEN_OK;
}

static mien_status make_states(mien_context *context, uint32_t threads, mien_error *error) {
    mien_session *session = context->session;
    mien_status status = MIEN_OK;
    pthread_mutex_lock(&session->lock);
    for (uint32_t i = 0; i < session->step_count && status == MIEN_OK; i++) {
        const mien_step *step = &session->steps[i];
        context->states[i] = calloc(1, step->kind->state_size ? step->kind->state_size : 1);
        if (!context->states[i]) {
            status = mien_fail_memory(error, "a run context");
            break;
        }
        context->created = i + 1;
        status = step->kind->create(step, session->store, threads, context->states[i], error);
    }
    pthread_mutex_unlock(&session->lock);
    return status;
}

static mien_status make_arrays(mien_context *context, mien_error *error) {
    size_t steps = context->session->step_count, values = context->session->value_count;
    // One more than needed, as a graph without steps is legal and calloc(0) may return NULL.
    context->states = calloc(steps + 1, sizeof *context->states);
    context->workspace = calloc(steps + 1, sizeof *context->workspace);
    context->arena.offset = calloc(values + 1, sizeof *context->arena.offset);
    context->arena.workspace_offset = calloc(steps + 1, sizeof *context->arena.workspace_offset);
    if (!context->states || !context->workspace || !context->arena.offset ||
        !context->arena.workspace_offset) {
        return mien_fail_memory(error, "a run context");
    }
    return MIEN_OK;
}

mien_status mien_context_create(mien_session *session, uint32_t threads, mien_context **out,
                                mien_error *error) {
    enum { MAX_THREADS = 1024 };
    if (threads == 0 || threads > MAX_THREADS) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%u threads; it must be 1 to %d", threads,
                         MAX_THREADS);
    }
    mien_context *context = calloc(1, sizeof *context);
    if (!context) {
        return mien_fail_memory(error, "a run context");
    }
    context->session = session;
    mien_status status = make_arrays(context, error);
    if (status == MIEN_OK && threads > 1) {
        status = mien_threads_create(threads, &context->threadpool, error);
    }
    if (status == MIEN_OK) {
        status = make_states(context, threads, error);
    }
    if (status != MIEN_OK) {
        mien_context_free(context);
        return status;
    }
    *out = context;
    return MIEN_OK;
}

void mien_context_free(mien_context *context) {
    if (!context) {
        return;
    }
    for (uint32_t i = 0; i < context->created; i++) {
        const mien_step *step = &context->session->steps[i];
        if (step->kind->destroy) {
            step->kind->destroy(step, context->states[i]);
        }
        free(context->states[i]);
    }
    free(context->states);
    free(context->workspace);
    free(context->arena.offset);
    free(context->arena.workspace_offset);
    if (context->threadpool) {
        pthreadpool_destroy(context->threadpool);
    }
    unmap(context);
    free(context);
}

static float *value_at(const mien_context *context, int32_t value) {
    return value == MIEN_NO_VALUE ? NULL
                                  : (float *)(context->memory + context->arena.offset[value]);
}

static mien_status plan_batch(mien_context *context, size_t batch, mien_error *error) {
    const mien_session *session = context->session;
    for (uint32_t i = 0; i < session->step_count; i++) {
        const mien_step *step = &session->steps[i];
        mien_status status = step->kind->reshape(
            step, context->states[i], batch, context->threadpool, &context->workspace[i], error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    mien_status status =
        mien_arena_plan(session, batch, context->workspace, &context->arena, error);
    if (status == MIEN_OK) {
        status = map(context, context->arena.bytes, error);
    }
    for (uint32_t i = 0; i < session->step_count && status == MIEN_OK; i++) {
        const mien_step *step = &session->steps[i];
        const mien_step_buffers buffers = {
            .input = {value_at(context, step->input[0]), value_at(context, step->input[1])},
            .output = value_at(context, step->output),
            .workspace = context->memory + context->arena.workspace_offset[i],
        };
        status = step->kind->setup(step, context->states[i], &buffers, error);
    }
    return status;
}

mien_status mien_context_reserve(mien_context *context, size_t batch, mien_error *error) {
    enum { MAX_BATCH = 1 << 20 };
    if (batch == 0 || batch > MAX_BATCH) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "a batch of %zu; it must be 1 to %d", batch,
                         MAX_BATCH);
    }
    if (batch == context->batch) {
        return MIEN_OK;
    }
    context->batch = 0;
    mien_status status = plan_batch(context, batch, error);
    if (status == MIEN_OK) {
        context->batch = batch;
    }
    return status;
}

static void copy_in(mien_context *context, const float *input) {
    size_t count = context->batch * context->session->value_elements[0];
    memcpy(value_at(context, 0), input, count * sizeof *input);
}

static void copy_out(const mien_context *context, float *logits) {
    int32_t output = context->session->output_value;
    size_t count = context->batch * context->session->value_elements[output];
    memcpy(logits, value_at(context, output), count * sizeof *logits);
}

static mien_status run_steps(mien_context *context, uint32_t first, uint32_t last,
                             mien_error *error) {
    mien_status status = MIEN_OK;
    for (uint32_t i = first; i < last && status == MIEN_OK; i++) {
        const mien_step *step = &context->session->steps[i];
        status = step->kind->run(step, context->states[i], context->threadpool, error);
    }
    return status;
}

mien_status mien_context_run(mien_context *context, const float *input, size_t batch, float *logits,
                             mien_error *error) {
    mien_status status = mien_context_reserve(context, batch, error);
    if (status != MIEN_OK) {
        return status;
    }
    copy_in(context, input);
    status = run_steps(context, 0, context->session->forward_count, error);
    if (status == MIEN_OK) {
        copy_out(context, logits);
    }
    return status;
}

static void do_nothing(void *context, size_t index) {
    (void)context;
    (void)index;
}

// pthreadpool's workers obey the flag of the last thing that they were given to do.
void mien_context_rest(mien_context *context) {
    if (context->threadpool) {
        pthreadpool_parallelize_1d(context->threadpool, do_nothing, NULL,
                                   pthreadpool_get_threads_count(context->threadpool),
                                   PTHREADPOOL_FLAG_YIELD_WORKERS);
    }
}

static size_t largest_of(const float *logits, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

/// The logits' gradient: 1 for each picture's class.
static void sow(const mien_context *context, const uint32_t *classes) {
    const mien_session *session = context->session;
    size_t count = session->value_elements[session->output_value];
    const float *logits = value_at(context, session->output_value);
    float *seed = value_at(context, session->seed_value);
    memset(seed, 0, context->batch * count * sizeof *seed);
    for (size_t i = 0; i < context->batch; i++) {
        bool predicted = !classes || classes[i] == MIEN_PREDICTED_CLASS;
        seed[i * count + (predicted ? largest_of(logits + i * count, count) : classes[i])] = 1;
    }
}

static mien_status check_classes(const mien_context *context, size_t batch, const uint32_t *classes,
                                 mien_error *error) {
    const mien_session *session = context->session;
    if (session->seed_value == MIEN_NO_VALUE) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "the session has no way back");
    }
    size_t count = session->value_elements[session->output_value];
    for (size_t i = 0; classes && i < batch; i++) {
        if (classes[i] != MIEN_PREDICTED_CLASS && classes[i] >= count) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "class %u of %zu; it must be below that",
                             classes[i], count);
        }
    }
    return MIEN_OK;
}

mien_status mien_context_gradient(mien_context *context, const float *input, size_t batch,
                                  const uint32_t *classes, float *logits, mien_error *error) {
    const mien_session *session = context->session;
    mien_status status = check_classes(context, batch, classes, error);
    if (status == MIEN_OK) {
        status = mien_context_reserve(context, batch, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    copy_in(context, input);
    status = run_steps(context, 0, session->forward_count, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (logits) {
        copy_out(context, logits);
    }
    sow(context, classes);
    return run_steps(context, session->forward_count, session->step_count, error);
}

static const float *layer_value(const mien_context *context, uint32_t index, bool gradient) {
    if (!context->batch || index >= context->session->layer_count) {
        return NULL;
    }
    const mien_layer_values *layer = &context->session->layers[index];
    return value_at(context, gradient ? layer->gradient : layer->activation);
}

const float *mien_context_layer(const mien_context *context, uint32_t index) {
    return layer_value(context, index, false);
}

const float *mien_context_layer_gradient(const mien_context *context, uint32_t index) {
    return layer_value(context, index, true);
}

const float *mien_context_activation(const mien_context *context) {
    return context->batch ? value_at(context, context->session->extra_value) : NULL;
}

size_t mien_context_arena_bytes(const mien_context *context) {
    return context->arena.bytes;
}

uint32_t mien_context_step_count(const mien_context *context) {
    return context->session->step_count;
}

static double now_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int by_value(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return first < second ? -1 : first > second;
}

static mien_status time_steps(mien_context *context, const float *input, uint32_t repetitions,
                              double *samples, mien_error *error) {
    const mien_session *session = context->session;
    for (uint32_t r = 0; r < repetitions; r++) {
        copy_in(context, input);
        double before = now_milliseconds();
        for (uint32_t i = 0; i < session->step_count; i++) {
            if (i == session->forward_count) {
                sow(context, NULL);
            }
            const mien_step *step = &session->steps[i];
            mien_status status =
                step->kind->run(step, context->states[i], context->threadpool, error);
            if (status != MIEN_OK) {
                return status;
            }
            double after = now_milliseconds();
            samples[(size_t)i * repetitions + r] = after - before;
            before = after;
        }
    }
    return MIEN_OK;
}

static mien_step_profile profile_of(const mien_context *context, uint32_t index, double *samples,
                                    uint32_t repetitions) {
    const mien_session *session = context->session;
    const mien_step *step = &session->steps[index];
    qsort(samples, repetitions, sizeof *samples, by_value);
    uint64_t numbers = session->value_elements[step->output];
    for (int k = 0; k < 2; k++) {
        if (step->input[k] != MIEN_NO_VALUE) {
            numbers += session->value_elements[step->input[k]];
        }
    }
    return (mien_step_profile){
        .node = step->node,
        .algorithm = step->kind->algorithm,
        .milliseconds = samples[repetitions / 2],
        .multiply_adds = step->multiply_adds * context->batch,
        .bytes = step->weight_bytes + numbers * context->batch * sizeof(float),
    };
}

mien_status mien_context_profile(mien_context *context, const float *input, size_t batch,
                                 uint32_t repetitions, mien_step_profile *steps, size_t step_size,
                                 mien_error *error) {
    if (repetitions == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "0 repetitions; it must be at least 1");
    }
    mien_status status = mien_context_reserve(context, batch, error);
    if (status != MIEN_OK) {
        return status;
    }
    uint32_t count = context->session->step_count;
    double *samples = calloc((size_t)count * repetitions + 1, sizeof *samples);
    if (!samples) {
        return mien_fail_memory(error, "a profile");
    }
    status = time_steps(context, input, repetitions, samples, error);
    for (uint32_t i = 0; i < count && status == MIEN_OK; i++) {
        const mien_step_profile step =
            profile_of(context, i, samples + (size_t)i * repetitions, repetitions);
        memcpy((char *)steps + i * step_size, &step,
               step_size < sizeof step ? step_size : sizeof step);
    }
    free(samples);
    return status;
}
