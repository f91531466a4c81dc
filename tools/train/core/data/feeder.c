// SPDX-License-Identifier: Apache-2.0
// Batches ahead of compute, in a ring that one thread fills and another empties.
#include "host/stateless_random.h"
#include "tools/train/core/data/augment.h"
#include "tools/train/core/data/mix.h"
#include "tools/train/core/data/order.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 3, LEAST_AHEAD = 2, MOST_AHEAD = 64, ALIGNMENT = 64 };

typedef struct {
    float *pictures, *targets;
    size_t *examples;
    mien_batch batch; ///< the same, for readers
} slot;

struct mien_feeder {
    mien_feeder_options options;
    mien_input_spec input;
    uint64_t seed;
    size_t rows, numbers; ///< of this process's batch; of one picture
    mien_order *order;
    size_t *chosen; ///< the examples of the whole batch at hand
    slot partner;   ///< one row, for a partner that another process has
    slot *slots;    ///< the ring
    uint64_t first;

    pthread_mutex_t mutex; ///< guards the three below
    pthread_cond_t made_one, freed_one;
    uint64_t made, given; ///< batches so far; a given one is free once the next is given
    bool ending;
    bool running; ///< there is a thread to join
    pthread_t thread;
};

// --- Making --------------------------------------------------------------------------------------

/// One row of the whole batch, not mixed yet.
static void make_row(const mien_feeder *feeder, uint64_t batch, size_t row, float *picture,
                     float *target) {
    const mien_feeder_options *options = &feeder->options;
    size_t index = feeder->chosen[row], classes = options->classes;
    const mien_example *example = mien_dataset_at(options->dataset, index);
    const mien_alteration how = mien_alteration_draw(&options->augmentation, example,
                                                     &feeder->input, feeder->seed, batch, row);
    mien_alteration_apply(&how, example, &feeder->input, picture);
    const float smooth = (float)options->label_smoothing;
    const float taught = options->teacher ? (float)options->teacher_weight : 0;
    for (size_t c = 0; c < classes; c++) {
        target[c] = (1 - smooth) * example->target[c] + smooth / (float)classes;
        if (taught > 0) {
            target[c] = (1 - taught) * target[c] + taught * options->teacher[index * classes + c];
        }
    }
}

static void mix_row(const mien_feeder *feeder, const mien_mixing *mixing, uint64_t batch,
                    size_t local, const slot *into) {
    const mien_feeder_options *options = &feeder->options;
    size_t row = local * options->processes + options->rank;
    size_t partner = mien_mixing_partner(row, options->batch);
    bool ours = partner % options->processes == options->rank;
    if (partner == row || (ours && partner < row)) {
        return; // alone, or mixed when its partner was
    }
    float *picture = feeder->partner.pictures, *target = feeder->partner.targets;
    if (ours) {
        picture = into->pictures + partner / options->processes * feeder->numbers;
        target = into->targets + partner / options->processes * options->classes;
    } else {
        make_row(feeder, batch, partner, picture, target);
    }
    mien_mixing_apply(mixing, &feeder->input, options->classes,
                      (float *[2]){into->pictures + local * feeder->numbers, picture},
                      (float *[2]){into->targets + local * options->classes, target});
}

static void make_batch(mien_feeder *feeder, uint64_t batch, const slot *into) {
    const mien_feeder_options *options = &feeder->options;
    for (size_t row = 0; row < options->batch; row++) {
        feeder->chosen[row] = mien_order_at(feeder->order, batch * options->batch + row);
    }
    for (size_t local = 0; local < feeder->rows; local++) {
        size_t row = local * options->processes + options->rank;
        into->examples[local] = feeder->chosen[row];
        make_row(feeder, batch, row, into->pictures + local * feeder->numbers,
                 into->targets + local * options->classes);
    }
    const mien_mixing mixing =
        mien_mixing_draw(&options->augmentation, &feeder->input, feeder->seed, batch);
    for (size_t local = 0; mixing.own < 1 && local < feeder->rows; local++) {
        mix_row(feeder, &mixing, batch, local, into);
    }
}

static void *work(void *argument) {
    mien_feeder *feeder = argument;
    pthread_mutex_lock(&feeder->mutex);
    for (;;) {
        // The batch given last is still being read.
        while (feeder->made - (feeder->given ? feeder->given - 1 : 0) >= feeder->options.ahead &&
               !feeder->ending) {
            pthread_cond_wait(&feeder->freed_one, &feeder->mutex);
        }
        if (feeder->ending) {
            break;
        }
        uint64_t number = feeder->made;
        pthread_mutex_unlock(&feeder->mutex);
        make_batch(feeder, feeder->first + number, &feeder->slots[number % feeder->options.ahead]);
        pthread_mutex_lock(&feeder->mutex);
        feeder->made++;
        pthread_cond_signal(&feeder->made_one);
    }
    pthread_mutex_unlock(&feeder->mutex);
    return NULL;
}

size_t mien_feeder_batches(const mien_feeder *feeder) {
    return feeder->options.count / feeder->options.batch;
}

const mien_batch *mien_feeder_next(mien_feeder *feeder) {
    pthread_mutex_lock(&feeder->mutex);
    uint64_t number = feeder->given++;
    pthread_cond_signal(&feeder->freed_one);
    while (feeder->made <= number) {
        pthread_cond_wait(&feeder->made_one, &feeder->mutex);
    }
    pthread_mutex_unlock(&feeder->mutex);
    return &feeder->slots[number % feeder->options.ahead].batch;
}

// --- Opening -------------------------------------------------------------------------------------

static mien_status check_options(const mien_feeder_options *options, mien_error *error) {
    if (options->batch == 0 || options->count < options->batch) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a batch of %zu cannot be had from %zu pictures; take a smaller batch or "
                         "more pictures",
                         options->batch, options->count);
    }
    if (options->processes == 0 || options->batch % options->processes != 0 ||
        options->rank >= options->processes) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "a batch of %zu cannot be shared evenly among %u processes; take a "
                         "multiple",
                         options->batch, options->processes);
    }
    if (!(options->label_smoothing >= 0 && options->label_smoothing < 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "label smoothing is %g; it is at least 0 and below 1",
                         options->label_smoothing);
    }
    if (!(options->teacher_weight >= 0 && options->teacher_weight <= 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the teacher's weight is %g; it is a number from 0 to 1",
                         options->teacher_weight);
    }
    return mien_augmentation_check(&options->augmentation, error);
}

/// `count` × `each` zeros at the start of a cache line; NULL when there is no memory.
static float *make_numbers(size_t count, size_t each) {
    size_t numbers, bytes;
    if (__builtin_mul_overflow(count, each, &numbers) ||
        __builtin_mul_overflow(numbers, sizeof(float), &bytes) ||
        __builtin_add_overflow(bytes, (size_t)ALIGNMENT - 1, &bytes)) {
        return NULL;
    }
    bytes -= bytes % ALIGNMENT;
    float *made = aligned_alloc(ALIGNMENT, bytes);
    if (made) {
        memset(made, 0, bytes);
    }
    return made;
}

static bool make_slot(slot *made, size_t rows, size_t numbers, size_t classes) {
    made->pictures = make_numbers(rows, numbers);
    made->targets = make_numbers(rows, classes);
    made->examples = calloc(rows, sizeof *made->examples);
    made->batch = (mien_batch){made->pictures, made->targets, made->examples};
    return made->pictures && made->targets && made->examples;
}

static void free_slot(slot *made) {
    free(made->pictures);
    free(made->targets);
    free(made->examples);
}

static bool make_slots(mien_feeder *feeder) {
    const mien_feeder_options *options = &feeder->options;
    feeder->slots = calloc(options->ahead, sizeof *feeder->slots);
    bool made = feeder->slots && make_slot(&feeder->partner, 1, feeder->numbers, options->classes);
    for (size_t i = 0; made && i < options->ahead; i++) {
        made = make_slot(&feeder->slots[i], feeder->rows, feeder->numbers, options->classes);
    }
    return made;
}

static mien_status prepare(mien_feeder *feeder, mien_error *error) {
    mien_feeder_options *options = &feeder->options;
    feeder->rows = options->batch / options->processes;
    if (__builtin_mul_overflow((size_t)feeder->input.height * feeder->input.width,
                               (size_t)feeder->input.channels, &feeder->numbers)) {
        return mien_fail_memory(error, "batches");
    }
    size_t ahead = options->ahead ? options->ahead : AHEAD;
    options->ahead = ahead < LEAST_AHEAD ? LEAST_AHEAD : ahead > MOST_AHEAD ? MOST_AHEAD : ahead;
    feeder->chosen = calloc(options->batch, sizeof *feeder->chosen);
    if (!feeder->chosen || !make_slots(feeder)) {
        return mien_fail_memory(error, "batches");
    }
    return mien_order_create(options->dataset, options->indices, options->count, options->sampling,
                             feeder->seed, &feeder->order, error);
}

mien_status mien_feeder_open(const mien_feeder_options *options, uint64_t first,
                             mien_feeder **feeder, mien_error *error) {
    mien_status status = check_options(options, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_feeder *made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "batches");
    }
    made->options = *options;
    made->input = *options->input;
    made->first = first;
    made->seed = mien_mix(options->seed ^ 0x6d69656e64617461u); // apart from dropout's draws
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->made_one, NULL);
    pthread_cond_init(&made->freed_one, NULL);
    status = prepare(made, error);
    if (status == MIEN_OK) {
        int code = pthread_create(&made->thread, NULL, work, made);
        made->running = code == 0;
        status = code == 0 ? MIEN_OK
                           : mien_fail(error, MIEN_INTERNAL,
                                       "the thread that makes batches cannot be started (%s)",
                                       strerror(code));
    }
    if (status != MIEN_OK) {
        mien_feeder_close(made);
        return status;
    }
    *feeder = made;
    return MIEN_OK;
}

void mien_feeder_close(mien_feeder *feeder) {
    if (!feeder) {
        return;
    }
    if (feeder->running) {
        pthread_mutex_lock(&feeder->mutex);
        feeder->ending = true;
        pthread_cond_signal(&feeder->freed_one);
        pthread_mutex_unlock(&feeder->mutex);
        pthread_join(feeder->thread, NULL);
    }
    pthread_cond_destroy(&feeder->freed_one);
    pthread_cond_destroy(&feeder->made_one);
    pthread_mutex_destroy(&feeder->mutex);
    mien_order_free(feeder->order);
    free(feeder->chosen);
    for (size_t i = 0; feeder->slots && i < feeder->options.ahead; i++) {
        free_slot(&feeder->slots[i]);
    }
    free(feeder->slots);
    free_slot(&feeder->partner);
    free(feeder);
}
