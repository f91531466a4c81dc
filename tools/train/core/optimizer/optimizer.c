// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/optimizer/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLICE = 1 << 14, ///< numbers that are worth a thread's while
    MOST_BUFFERS = 3,
};

struct mien_optimizer {
    mien_network *network;
    mien_optimizer_options options; ///< without scales
    double *scales;                 ///< one a parameter
    float *first, *second;          ///< momentum, or means and mean squares
    float *average;                 ///< NULL: none
    double *sums;                   ///< of squares, one a slice of the largest parameter
    uint64_t steps;
};

/// What one update needs of one parameter.
typedef struct update {
    float *value, *first, *second;
    const float *gradient;
    size_t count;
    double rate, decay, clip;
    double first_bias, second_bias; ///< AdamW's, 1 − βᵗ
} update;

static bool learns(const mien_optimizer *optimizer, const mien_network_parameter *parameter,
                   size_t index) {
    return parameter->gradient && !parameter->frozen && optimizer->scales[index] > 0;
}

static size_t slices(size_t count) {
    return (count + SLICE - 1) / SLICE;
}

static size_t slice_end(size_t slice, size_t count) {
    const size_t end = (slice + 1) * SLICE;
    return end < count ? end : count;
}

static mien_status allocate(mien_optimizer *optimizer, size_t parameters, size_t values,
                            size_t largest, mien_error *error) {
    optimizer->scales = calloc(parameters ? parameters : 1, sizeof *optimizer->scales);
    optimizer->first = calloc(values ? values : 1, sizeof *optimizer->first);
    optimizer->sums = calloc(slices(largest) + 1, sizeof *optimizer->sums);
    bool whole = optimizer->scales && optimizer->first && optimizer->sums;
    if (optimizer->options.rule == MIEN_OPTIMIZER_ADAMW) {
        optimizer->second = calloc(values ? values : 1, sizeof *optimizer->second);
        whole = whole && optimizer->second;
    }
    if (optimizer->options.average > 0) {
        optimizer->average = calloc(values ? values : 1, sizeof *optimizer->average);
        whole = whole && optimizer->average;
    }
    return whole ? MIEN_OK : mien_fail_memory(error, "the optimizer");
}

mien_status mien_optimizer_create(mien_network *network, const mien_optimizer_options *options,
                                  mien_optimizer **optimizer, mien_error *error) {
    mien_optimizer *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "the optimizer");
    }
    size_t count = 0, values = 0, largest = 0;
    const mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    mien_network_values(network, &values);
    for (size_t i = 0; i < count; i++) {
        largest = parameters[i].count > largest ? parameters[i].count : largest;
    }
    made->network = network;
    made->options = *options;
    made->options.scales = NULL;
    mien_status status = allocate(made, count, values, largest, error);
    if (status != MIEN_OK) {
        mien_optimizer_free(made);
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        made->scales[i] = options->scales ? options->scales[i] : 1;
    }
    *optimizer = made;
    return MIEN_OK;
}

void mien_optimizer_free(mien_optimizer *optimizer) {
    if (optimizer) {
        free(optimizer->scales);
        free(optimizer->first);
        free(optimizer->second);
        free(optimizer->average);
        free(optimizer->sums);
        free(optimizer);
    }
}

/// In slices of a fixed size, so that the sum does not depend on the number of threads.
static double sum_of_squares(const float *numbers, size_t count, double *sums) {
    const size_t parts = slices(count);
#pragma omp parallel for if (parts > 1)
    for (size_t part = 0; part < parts; part++) {
        double sum = 0;
        const size_t end = slice_end(part, count);
        for (size_t i = part * SLICE; i < end; i++) {
            sum += (double)numbers[i] * (double)numbers[i];
        }
        sums[part] = sum;
    }
    double total = 0;
    for (size_t part = 0; part < parts; part++) {
        total += sums[part];
    }
    return total;
}

static double norm(mien_optimizer *optimizer) {
    size_t count;
    const mien_network_parameter *const parameters =
        mien_network_parameters(optimizer->network, &count);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (learns(optimizer, &parameters[i], i)) {
            sum += sum_of_squares(parameters[i].gradient, parameters[i].count, optimizer->sums);
        }
    }
    return sqrt(sum);
}

static void step_sgd(const mien_optimizer *optimizer, const update *u) {
    const float rate = (float)u->rate, decay = (float)u->decay, clip = (float)u->clip;
    const float momentum = (float)optimizer->options.momentum;
    const float ahead = optimizer->options.nesterov ? momentum : 0;
    // Nesterov's step is g + m·v, the plain one v itself.
    const float now = optimizer->options.nesterov ? 1 : 0;
    const float past = optimizer->options.nesterov ? ahead : 1;
    const size_t parts = slices(u->count);
#pragma omp parallel for if (parts > 1)
    for (size_t part = 0; part < parts; part++) {
        const size_t end = slice_end(part, u->count);
        for (size_t i = part * SLICE; i < end; i++) {
            const float g = u->gradient[i] * clip + decay * u->value[i];
            const float v = momentum * u->first[i] + g;
            u->first[i] = v;
            u->value[i] -= rate * (now * g + past * v);
        }
    }
}

static void step_adamw(const mien_optimizer *optimizer, const update *u) {
    const mien_optimizer_options *const o = &optimizer->options;
    const float beta1 = (float)o->beta1, beta2 = (float)o->beta2, epsilon = (float)o->epsilon;
    const float rest1 = (float)(1 - o->beta1), rest2 = (float)(1 - o->beta2);
    const float keep = (float)(1 - u->rate * u->decay), clip = (float)u->clip;
    const float stride = (float)(u->rate / u->first_bias);
    const float scale = (float)(1 / sqrt(u->second_bias));
    const size_t parts = slices(u->count);
#pragma omp parallel for if (parts > 1)
    for (size_t part = 0; part < parts; part++) {
        const size_t end = slice_end(part, u->count);
        for (size_t i = part * SLICE; i < end; i++) {
            const float g = u->gradient[i] * clip;
            const float m = beta1 * u->first[i] + rest1 * g;
            const float v = beta2 * u->second[i] + rest2 * g * g;
            u->first[i] = m;
            u->second[i] = v;
            u->value[i] = keep * u->value[i] - stride * m / (sqrtf(v) * scale + epsilon);
        }
    }
}

static void update_values(mien_optimizer *optimizer, double rate, double clip) {
    const mien_optimizer_options *const o = &optimizer->options;
    size_t count, values;
    const mien_network_parameter *const parameters =
        mien_network_parameters(optimizer->network, &count);
    const float *const base = mien_network_values(optimizer->network, &values);
    for (size_t i = 0; i < count; i++) {
        const mien_network_parameter *const p = &parameters[i];
        if (!learns(optimizer, p, i)) {
            continue;
        }
        const size_t offset = (size_t)(p->value - base);
        const update u = {
            .value = p->value,
            .gradient = p->gradient,
            .first = optimizer->first + offset,
            .second = optimizer->second ? optimizer->second + offset : NULL,
            .count = p->count,
            .rate = rate * optimizer->scales[i],
            .decay = p->role == MIEN_ROLE_WEIGHT ? o->weight_decay : 0,
            .clip = clip,
            .first_bias = 1 - pow(o->beta1, (double)optimizer->steps),
            .second_bias = 1 - pow(o->beta2, (double)optimizer->steps),
        };
        (o->rule == MIEN_OPTIMIZER_SGD ? step_sgd : step_adamw)(optimizer, &u);
    }
}

/// The first values would weigh for long in an average with a fixed decay, so it starts small.
static void update_average(mien_optimizer *optimizer) {
    size_t count;
    const float *const values = mien_network_values(optimizer->network, &count);
    const double n = (double)optimizer->steps;
    const float keep = (float)fmin(optimizer->options.average, (1 + n) / (10 + n));
    const size_t parts = slices(count);
    if (!optimizer->average) {
        return;
    }
#pragma omp parallel for if (parts > 1)
    for (size_t part = 0; part < parts; part++) {
        const size_t end = slice_end(part, count);
        for (size_t i = part * SLICE; i < end; i++) {
            optimizer->average[i] += (1 - keep) * (values[i] - optimizer->average[i]);
        }
    }
}

double mien_optimizer_step(mien_optimizer *optimizer, double rate) {
    const mien_optimizer_options *const o = &optimizer->options;
    const double length = norm(optimizer);
    if (!isfinite(length)) {
        return length;
    }
    if (optimizer->steps == 0 && optimizer->average) {
        size_t count;
        const float *const values = mien_network_values(optimizer->network, &count);
        memcpy(optimizer->average, values, count * sizeof *values);
    }
    optimizer->steps++;
    update_values(optimizer, rate, o->clip > 0 && length > o->clip ? o->clip / length : 1);
    update_average(optimizer);
    return length;
}

void mien_optimizer_swap_average(mien_optimizer *optimizer) {
    size_t count;
    float *const values = mien_network_values(optimizer->network, &count);
    if (!optimizer->average || optimizer->steps == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const float value = values[i];
        values[i] = optimizer->average[i];
        optimizer->average[i] = value;
    }
}

size_t mien_optimizer_buffers(mien_optimizer *optimizer, mien_optimizer_buffer buffers[4]) {
    const bool sgd = optimizer->options.rule == MIEN_OPTIMIZER_SGD;
    const mien_optimizer_buffer all[MOST_BUFFERS] = {
        {sgd ? "momentum" : "mean", optimizer->first, 0},
        {"square", optimizer->second, 0},
        {"average", optimizer->average, 0},
    };
    size_t values, used = 0;
    mien_network_values(optimizer->network, &values);
    for (size_t i = 0; i < MOST_BUFFERS; i++) {
        if (all[i].numbers) {
            buffers[used] = all[i];
            buffers[used++].count = values;
        }
    }
    return used;
}

uint64_t *mien_optimizer_steps(mien_optimizer *optimizer) {
    return &optimizer->steps;
}
