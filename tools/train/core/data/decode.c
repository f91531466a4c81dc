// SPDX-License-Identifier: Apache-2.0
// Decoding every picture once, on several threads of which the calling one is the first.
#include "tools/train/core/data/internal.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_THREADS = 64 };

/// What the threads share. Each example and each complaint belongs to who took its number.
typedef struct {
    mien_dataset *dataset;
    const mien_dataset_options *options;
    char **complaints; ///< of the unreadable ones
    atomic_size_t next, done, unreadable;
    atomic_bool stop;
} work;

typedef struct {
    work *work;
    pthread_t thread;
    mien_status status; ///< of what ends it all: no memory
    mien_error error;
} worker;

// --- One picture ---------------------------------------------------------------------------------

/// Whether a picture can stay as it is: the network's rule stretches it, to at least its size.
static bool stays(const mien_image *image, const mien_input_spec *input) {
    bool same_shape =
        (uint64_t)image->width * input->height == (uint64_t)image->height * input->width;
    bool whole = input->resize == MIEN_RESIZE_STRETCH ||
                 (same_shape && (input->resize == MIEN_RESIZE_LETTERBOX ||
                                 input->crop_fraction == 0 || input->crop_fraction == 1));
    return whole && image->width <= input->width && image->height <= input->height;
}

/// The picture as bytes, as large and with as many channels as it is kept. mien_image_to_input()
/// does it, with a rule that yields the bytes' own values.
static mien_status keep(const mien_image *image, const mien_input_spec *input,
                        mien_example *example, mien_error *error) {
    mien_input_spec rule = *input;
    if (stays(image, input)) {
        rule.resize = MIEN_RESIZE_STRETCH;
        rule.height = image->height;
        rule.width = image->width;
    }
    bool gray = image->channels == 1 || input->color == MIEN_GRAY;
    rule.channels = gray ? 1 : 3;
    rule.color = gray ? MIEN_GRAY : MIEN_RGB;
    for (int c = 0; c < 3; c++) {
        rule.mean[c] = 0;
        rule.std[c] = 1.0f / 255;
    }
    size_t count;
    if (__builtin_mul_overflow((size_t)rule.height * rule.width, (size_t)rule.channels, &count)) {
        return mien_fail_memory(error, "a picture");
    }
    float *values = calloc(count, sizeof *values);
    uint8_t *pixels = malloc(count);
    mien_status status = values && pixels ? mien_image_to_input(image, &rule, values, error)
                                          : mien_fail_memory(error, "a picture");
    if (status == MIEN_OK) {
        for (size_t i = 0; i < count; i++) {
            pixels[i] = (uint8_t)lrintf(values[i]);
        }
        example->pixels = pixels;
        example->height = rule.height;
        example->width = rule.width;
        example->channels = rule.channels;
        pixels = NULL;
    }
    free(values);
    free(pixels);
    return status;
}

static mien_status read_one(const mien_dataset_options *options, mien_example *example,
                            mien_error *error) {
    mien_image image = {0};
    mien_status status = mien_image_read(example->path, &options->limits, &image, error);
    if (status == MIEN_OK) {
        status = keep(&image, options->input, example, error);
    }
    mien_image_free(&image);
    return status;
}

// --- Many ----------------------------------------------------------------------------------------

/// Takes and reads the next picture; false when there is none, or all must end.
static bool step(worker *self) {
    work *shared = self->work;
    if (shared->stop) {
        return false;
    }
    size_t index = shared->next++;
    if (index >= shared->dataset->count) {
        return false;
    }
    mien_status status = read_one(shared->options, &shared->dataset->examples[index], &self->error);
    // What is wrong with the rule is wrong for every picture.
    bool own_fault = status == MIEN_BAD_INPUT || status == MIEN_NOT_FOUND || status == MIEN_IO;
    if (own_fault) {
        shared->complaints[index] = strdup(self->error.message);
        if (shared->complaints[index]) {
            status = MIEN_OK;
            if (++shared->unreadable > shared->options->unreadable_limit) {
                shared->stop = true;
            }
        } else {
            status = mien_fail_memory(&self->error, "a dataset");
        }
    }
    if (status != MIEN_OK) {
        self->status = status;
        shared->stop = true;
    }
    shared->done++;
    return status == MIEN_OK;
}

static void *help(void *argument) {
    while (step(argument)) {
    }
    return NULL;
}

static void show_progress(const work *shared, const mien_dataset_watcher *watcher) {
    if (watcher && watcher->progress) {
        watcher->progress(watcher->context, shared->done, shared->dataset->count);
    }
}

static void lead(worker *self, const mien_dataset_watcher *watcher) {
    while (step(self)) {
        show_progress(self->work, watcher);
        if (watcher && watcher->cancelled && watcher->cancelled(watcher->context)) {
            self->status = mien_fail(&self->error, MIEN_CANCELLED, "reading pictures: interrupted");
            self->work->stop = true;
        }
    }
}

static size_t thread_count(const mien_dataset *dataset, uint32_t wanted) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = wanted ? wanted : processors > 0 ? (size_t)processors : 1;
    threads = threads > MOST_THREADS ? MOST_THREADS : threads;
    threads = threads > dataset->count ? dataset->count : threads;
    return threads > 0 ? threads : 1;
}

/// Names the unreadable ones in order, and judges how it went. What an error says of the first is
/// not said before it.
static mien_status judge(const work *done, const mien_dataset_watcher *watcher, mien_error *error) {
    const char *first = NULL;
    const size_t limit = done->options->unreadable_limit;
    for (size_t i = 0; i < done->dataset->count; i++) {
        const char *const complaint = done->complaints[i];
        const bool in_error = complaint && !first && done->unreadable > limit;
        first = first ? first : complaint;
        if (complaint && !in_error && watcher && watcher->complain) {
            watcher->complain(watcher->context, complaint);
        }
    }
    done->dataset->unreadable = done->unreadable;
    if (done->unreadable <= limit) {
        return MIEN_OK;
    }
    return limit == 0
               ? mien_fail(error, MIEN_BAD_INPUT, "%s; no unreadable picture is accepted", first)
               : mien_fail(error, MIEN_BAD_INPUT,
                           "more than %zu pictures cannot be read, which is the limit; the first: "
                           "%s",
                           limit, first);
}

static mien_status run(work *shared, worker *workers, size_t count,
                       const mien_dataset_watcher *watcher, mien_error *error) {
    size_t started = 1;
    for (size_t i = 0; i < count; i++) {
        workers[i].work = shared;
    }
    // Fewer threads than wanted do as well.
    while (started < count &&
           pthread_create(&workers[started].thread, NULL, help, &workers[started]) == 0) {
        started++;
    }
    lead(&workers[0], watcher);
    for (size_t i = 1; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    show_progress(shared, watcher); // others may have been the last, or have left it none
    for (size_t i = 0; i < started; i++) {
        if (workers[i].status != MIEN_OK) {
            return mien_fail(error, workers[i].status, "%s", workers[i].error.message);
        }
    }
    return judge(shared, watcher, error);
}

mien_status mien_dataset_decode(mien_dataset *dataset, const mien_dataset_options *options,
                                const mien_dataset_watcher *watcher, mien_error *error) {
    work shared = {.dataset = dataset, .options = options};
    size_t threads = thread_count(dataset, options->threads);
    worker *workers = calloc(threads, sizeof *workers);
    shared.complaints = (char **)calloc(dataset->count, sizeof *shared.complaints);
    mien_status status = workers && shared.complaints
                             ? run(&shared, workers, threads, watcher, error)
                             : mien_fail_memory(error, "a dataset");
    for (size_t i = 0; shared.complaints && i < dataset->count; i++) {
        free(shared.complaints[i]);
    }
    free((void *)shared.complaints);
    free(workers);
    return status;
}
