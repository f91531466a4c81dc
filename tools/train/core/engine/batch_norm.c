// SPDX-License-Identifier: Apache-2.0
// Batch normalisation, with PyTorch's running statistics: they move by a tenth a step, towards the
// batch's mean and unbiased variance. Processes that train together share one batch's statistics.
//
// y = (x − mean)·σ·weight + bias, σ = 1/√(variance + ε). With sums over the whole batch of n rows,
//   by bias = Σ g, by weight = σ·Σ g·(x − mean),
//   by x = σ·weight·(g − Σ g/n − (x − mean)·σ²·Σ g·(x − mean)/n),
// which is a·g + b·x + c with three numbers a channel. What is taken along (fuse.c), a residual and
// a clamp, is done in the same loops. Of a clamp alone the bounds are looked for at x, which is
// read anyway; with a residual, at the output.
#include "tools/train/core/engine/kernels.h"
#include "tools/train/core/engine/layer.h"
#include "tools/train/core/engine/parallel.h"

#include <math.h>

static const float momentum = 0.1f;

enum { BLOCK = 8 << 10 }; // numbers that stay in the cache from one loop over them to the next

enum { WEIGHT, BIAS, MEAN, VARIANCE }; // the node's parameters

typedef struct batch_norm {
    size_t rows, channels;
    float *mean, *inverse; ///< of the statistics that the last forward used; kept for backward
    float *scale, *offset; ///< that they make of weight and bias; kept, too
    double *sums;          ///< two a channel, for each thread
    float *shared;         ///< two a channel and the number of rows: what processes add up
    float *a, *b, *c;      ///< a row's numbers
    bool by_running;       ///< the last forward used running statistics
} batch_norm;

static mien_status create(mien_layer *layer, mien_error *error) {
    batch_norm *state = layer->state;
    const size_t channels = mien_last_dim(&layer->output->shape);
    const size_t row = channels * sizeof(float);
    state->channels = channels;
    state->rows = layer->output->count / channels;
    const struct {
        mien_layer_memory memory;
        size_t bytes;
        void *pointer;
    } wanted[] = {
        {MIEN_MEMORY_KEPT, row, &state->mean},
        {MIEN_MEMORY_KEPT, row, &state->inverse},
        {MIEN_MEMORY_KEPT, row, &state->scale},
        {MIEN_MEMORY_KEPT, row, &state->offset},
        {MIEN_MEMORY_SCRATCH, 2 * channels * sizeof(double) * mien_network_threads(layer->network),
         &state->sums},
        {MIEN_MEMORY_SCRATCH, 2 * row + sizeof(float), &state->shared},
        {MIEN_MEMORY_SCRATCH, row, &state->a},
        {MIEN_MEMORY_SCRATCH, row, &state->b},
        {MIEN_MEMORY_SCRATCH, row, &state->c},
    };
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == MIEN_OK; i++) {
        status =
            mien_layer_need(layer, wanted[i].memory, wanted[i].bytes, wanted[i].pointer, error);
    }
    return status;
}

/// This thread's sums, zero.
static double *my_sums(const batch_norm *state) {
    double *sums = state->sums + mien_my_number() * 2 * state->channels;
    memset(sums, 0, 2 * state->channels * sizeof *sums);
    return sums;
}

/// Adds the other threads' sums to the first's.
static void add_threads(batch_norm *state, uint32_t threads) {
    const size_t count = 2 * state->channels;
    for (uint32_t t = 1; t < threads; t++) {
        for (size_t i = 0; i < count; i++) {
            state->sums[i] += state->sums[t * count + i];
        }
    }
}

/// Adds what other processes have; returns the rows of all.
static double add_processes(const mien_layer *layer, batch_norm *state) {
    const mien_reducer *reducer = mien_network_reducer(layer->network);
    const size_t count = 2 * state->channels;
    if (!reducer || reducer->processes < 2) {
        return (double)state->rows;
    }
    for (size_t i = 0; i < count; i++) {
        state->shared[i] = (float)state->sums[i];
    }
    state->shared[count] = (float)state->rows;
    reducer->sum(reducer->context, state->shared, count + 1);
    for (size_t i = 0; i < count; i++) {
        state->sums[i] = (double)state->shared[i];
    }
    return (double)state->shared[count];
}

/// The batch's mean, and its variance in `a`; returns what makes that variance unbiased.
static double measure(const mien_layer *layer, batch_norm *state) {
    const mien_train_kernels *kernels = mien_train_kernels_get();
    const size_t channels = state->channels;
    const float *x = layer->input[0]->data, *shift = layer->parameter[MEAN]->value;
    uint32_t threads = 1;
#pragma omp parallel
    {
        const mien_slice rows = mien_my_slice(state->rows);
        double *sums = my_sums(state);
        kernels->moments(x + rows.begin * channels, rows.end - rows.begin, channels, shift, sums);
#pragma omp single nowait
        threads = mien_team();
    }
    add_threads(state, threads);
    const double rows = add_processes(layer, state);
    for (size_t c = 0; c < channels; c++) {
        const double away = state->sums[c] / rows;
        const double spread = state->sums[channels + c] / rows - away * away;
        state->mean[c] = (float)(shift[c] + away);
        state->a[c] = (float)(spread > 0 || isnan(spread) ? spread : 0);
    }
    return rows > 1 ? rows / (rows - 1) : 1;
}

/// Moves the running statistics towards the batch's by a share of the way.
static void move_running(const mien_layer *layer, const batch_norm *state, double unbiased,
                         float share) {
    float *mean = layer->parameter[MEAN]->value, *variance = layer->parameter[VARIANCE]->value;
    for (size_t c = 0; c < state->channels; c++) {
        mean[c] += share * (state->mean[c] - mean[c]);
        variance[c] += share * ((float)((double)state->a[c] * unbiased) - variance[c]);
    }
}

static void learn_statistics(const mien_layer *layer, batch_norm *state) {
    move_running(layer, state, measure(layer, state), momentum);
    for (size_t c = 0; c < state->channels; c++) {
        state->inverse[c] = 1 / sqrtf(state->a[c] + layer->node->attributes.epsilon);
    }
}

/// Moves the running statistics by a share, and scale and offset so that y stays the same:
/// weight·σ and bias − mean·weight·σ do not change.
static void refresh(const mien_layer *layer, batch_norm *state, float share) {
    const float epsilon = layer->node->attributes.epsilon;
    const float *mean = layer->parameter[MEAN]->value,
                *variance = layer->parameter[VARIANCE]->value;
    float *weight = layer->parameter[WEIGHT]->value, *bias = layer->parameter[BIAS]->value;
    const double unbiased = measure(layer, state);
    for (size_t c = 0; c < state->channels; c++) {
        state->b[c] = weight[c] / sqrtf(variance[c] + epsilon);
        state->c[c] = bias[c] - mean[c] * state->b[c];
    }
    move_running(layer, state, unbiased, share);
    for (size_t c = 0; c < state->channels; c++) {
        weight[c] = state->b[c] * sqrtf(variance[c] + epsilon);
        bias[c] = state->c[c] + mean[c] * state->b[c];
    }
}

static void recall(const mien_layer *layer, batch_norm *state) {
    const float *variance = layer->parameter[VARIANCE]->value;
    for (size_t c = 0; c < state->channels; c++) {
        state->mean[c] = layer->parameter[MEAN]->value[c];
        state->inverse[c] = 1 / sqrtf(variance[c] + layer->node->attributes.epsilon);
    }
}

static mien_gate gate_of(const mien_layer *layer) {
    const batch_norm *state = layer->state;
    const mien_graph_node *clamp = layer->clamp;
    return (mien_gate){
        .scale = state->scale,
        .offset = state->offset,
        .low = clamp ? clamp->attributes.clamp.low : -INFINITY,
        .high = clamp ? clamp->attributes.clamp.high : INFINITY,
    };
}

/// Block `index` of this thread's rows, counted from the last: what the loop before this one read
/// last is still in the cache, and so will be the first rows for who comes next.
static bool next_block(const batch_norm *state, size_t index, mien_slice *block) {
    const mien_slice mine = mien_my_slice(state->rows);
    const size_t rows = 1 + BLOCK / state->channels;
    if (index * rows >= mine.end - mine.begin) {
        return false;
    }
    block->end = mine.end - index * rows;
    block->begin = block->end - mine.begin > rows ? block->end - rows : mine.begin;
    return true;
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)error;
    const mien_train_kernels *kernels = mien_train_kernels_get();
    batch_norm *state = layer->state;
    const size_t channels = state->channels;
    const bool frozen = layer->parameter[WEIGHT]->frozen;
    state->by_running = mode != MIEN_MODE_TRAIN || frozen;
    if (mode == MIEN_MODE_REFRESH && !frozen) {
        refresh(layer, state, 1 / (float)(step + 1));
    }
    if (state->by_running) {
        recall(layer, state);
    } else {
        learn_statistics(layer, state);
    }
    for (size_t c = 0; c < channels; c++) {
        state->scale[c] = layer->parameter[WEIGHT]->value[c] * state->inverse[c];
        state->offset[c] = layer->parameter[BIAS]->value[c] - state->mean[c] * state->scale[c];
    }
    const mien_gate gate = gate_of(layer);
#pragma omp parallel
    {
        mien_slice block;
        for (size_t i = 0; next_block(state, i, &block); i++) {
            const size_t at = block.begin * channels;
            kernels->normalize(layer->input[0]->data + at,
                               layer->input_count > 1 ? layer->input[1]->data + at : NULL,
                               layer->output->data + at, block.end - block.begin, channels, &gate);
        }
    }
    return MIEN_OK;
}

/// Sets the output's gradient to 0 where the output is at a bound.
static void close_gate(const mien_layer *layer, const mien_gate *gate, mien_slice rows) {
    const size_t channels = ((const batch_norm *)layer->state)->channels;
    float *g = layer->output->gradient + rows.begin * channels;
    mien_train_kernels_get()->gate(g, layer->output->data + rows.begin * channels, g,
                                   (rows.end - rows.begin) * channels, gate->low, gate->high);
}

/// A backward at work.
typedef struct way_back {
    mien_gate gate;
    const mien_gate *by_x; ///< the gate, where x says what passes; else NULL
    bool closing;          ///< the output's gradient has yet to be set to 0 where nothing passes
    float *by_input, *by_residual; ///< NULL: not wanted
} way_back;

/// Sums of this process, its parameters' gradients, and then the sums of all processes.
static double measure_gradient(const mien_layer *layer, batch_norm *state, way_back *way) {
    const mien_train_kernels *kernels = mien_train_kernels_get();
    const size_t channels = state->channels;
    uint32_t threads = 1;
#pragma omp parallel
    {
        mien_slice block;
        double *sums = my_sums(state);
        for (size_t i = 0; next_block(state, i, &block); i++) {
            const size_t at = block.begin * channels;
            if (way->closing) {
                close_gate(layer, &way->gate, block);
            }
            kernels->gradient_moments(layer->output->gradient + at, layer->input[0]->data + at,
                                      block.end - block.begin, channels, way->by_x, state->mean,
                                      sums);
        }
#pragma omp single nowait
        threads = mien_team();
    }
    way->closing = false;
    add_threads(state, threads);
    const mien_network_parameter *weight = layer->parameter[WEIGHT], *bias = layer->parameter[BIAS];
    for (size_t c = 0; c < channels && !bias->frozen; c++) {
        bias->gradient[c] = (float)state->sums[c];
    }
    for (size_t c = 0; c < channels && !weight->frozen; c++) {
        weight->gradient[c] = (float)(state->sums[channels + c] * (double)state->inverse[c]);
    }
    return state->by_running ? (double)state->rows : add_processes(layer, state);
}

/// The three numbers a channel.
static void weigh(const mien_layer *layer, batch_norm *state, double rows) {
    for (size_t c = 0; c < state->channels; c++) {
        state->a[c] = state->scale[c];
        state->b[c] = state->c[c] = 0;
        if (!state->by_running) {
            const double inverse = (double)state->inverse[c];
            const double a = (double)layer->parameter[WEIGHT]->value[c] * inverse;
            const double slope = state->sums[state->channels + c] * inverse * inverse / rows;
            state->b[c] = (float)(-a * slope);
            state->c[c] = (float)(a * (slope * (double)state->mean[c] - state->sums[c] / rows));
        }
    }
}

static void pass_residual_back(const mien_layer *layer, const float *g, float *by_residual,
                               size_t count) {
    if (layer->accumulates[1]) {
        mien_train_kernels_get()->add(by_residual, g, by_residual, count);
    } else {
        memcpy(by_residual, g, count * sizeof *g);
    }
}

static void pass_back(const mien_layer *layer, const way_back *way, mien_slice rows) {
    const mien_train_kernels *kernels = mien_train_kernels_get();
    const batch_norm *state = layer->state;
    const size_t at = rows.begin * state->channels;
    const size_t count = (rows.end - rows.begin) * state->channels;
    const float *g = layer->output->gradient + at;
    if (way->closing) {
        close_gate(layer, &way->gate, rows);
    }
    float *by_residual = way->by_residual ? way->by_residual + at : NULL;
    // Before g is written over; but where the residual is the input itself, it adds to its
    // gradient.
    const bool first = by_residual && layer->input[1]->gradient != layer->input[0]->gradient;
    if (first) {
        pass_residual_back(layer, g, by_residual, count);
    }
    if (way->by_input) {
        kernels->normalize_back(g, layer->input[0]->data + at, way->by_input + at,
                                rows.end - rows.begin, state->channels, way->by_x, state->a,
                                state->b, state->c);
    }
    if (by_residual && !first) {
        pass_residual_back(layer, g, by_residual, count);
    }
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    batch_norm *state = layer->state;
    const bool adds = layer->input_count > 1;
    way_back way = {
        .gate = gate_of(layer),
        .by_x = layer->clamp && !adds ? &way.gate : NULL,
        .closing = layer->clamp && adds,
        .by_input = mien_layer_input_gradient(layer, 0),
        .by_residual =
            adds && mien_layer_input_gradient(layer, 1) ? layer->input[1]->gradient : NULL,
    };
    double rows = 1;
    if (!state->by_running || !layer->parameter[BIAS]->frozen) {
        rows = measure_gradient(layer, state, &way);
    }
    if (!way.by_input && !way.by_residual) {
        return MIEN_OK;
    }
    weigh(layer, state, rows);
#pragma omp parallel
    {
        mien_slice block;
        for (size_t i = 0; next_block(state, i, &block); i++) {
            pass_back(layer, &way, block);
        }
    }
    mien_layer_input_gradient_done(layer, 0);
    return MIEN_OK;
}

const mien_layer_kind mien_layer_batch_norm = {
    .operator_name = "batch_norm",
    .state_size = sizeof(batch_norm),
    .create = create,
    .forward = forward,
    .backward = backward,
    .needs_input = {true},
    .gradient_in_place = true,
};

/// With a residual and a clamp.
const mien_layer_kind mien_layer_batch_norm_gated = {
    .operator_name = "batch_norm",
    .state_size = sizeof(batch_norm),
    .create = create,
    .forward = forward,
    .backward = backward,
    .needs_input = {true},
    .needs_output = true,
    .gradient_in_place = true,
};
