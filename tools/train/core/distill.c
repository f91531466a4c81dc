// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/distill.h"

#include "host/loader.h"
#include "tools/train/core/answers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 };

struct mien_teacher {
    mien_answerer *answerer;
    size_t *places; // of our classes among its own
    size_t classes; // ours
    double temperature;
};

/// The teacher at work on a batch that is being filled.
typedef struct lesson {
    const mien_dataset_watcher *watcher;
    mien_answerer *teacher; // borrowed
    const char **paths;
    mien_loader *loader;
    mien_batch batch;
    size_t waiting, done; // pictures in `batch`; answered
} lesson;

static mien_status open_loader(lesson *work, size_t count, mien_error *error) {
    const size_t rules = mien_answerer_rules(work->teacher);
    const mien_input_spec **const inputs = (const mien_input_spec **)calloc(rules, sizeof *inputs);
    if (!inputs) {
        return mien_fail_memory(error, "a teacher's input rules");
    }
    mien_answerer_list_rules(work->teacher, inputs);
    const mien_loader_options options = {
        .paths = work->paths, .path_count = count, .inputs = inputs, .input_count = rules};
    mien_status status = mien_loader_open(&options, &work->loader, error);
    free((void *)inputs);
    return status;
}

static mien_status open_lesson(lesson *work, const mien_dataset *dataset, mien_error *error) {
    const size_t count = mien_dataset_count(dataset);
    mien_status status = mien_batch_create(work->teacher, BATCH, &work->batch, error);
    if (status != MIEN_OK) {
        return status;
    }
    work->paths = calloc(count, sizeof *work->paths);
    if (!work->paths) {
        return mien_fail_memory(error, "a teacher's pictures");
    }
    for (size_t i = 0; i < count; i++) {
        work->paths[i] = mien_dataset_at(dataset, i)->path;
    }
    return open_loader(work, count, error);
}

static void close_lesson(lesson *work) {
    mien_loader_close(work->loader);
    mien_batch_clear(&work->batch);
    free(work->paths);
}

static mien_status answer_batch(lesson *work, mien_answers *answers, mien_error *error) {
    const mien_dataset_watcher *watcher = work->watcher;
    float *logits = answers->logits + work->done * answers->classes;
    mien_status status = mien_answerer_run(work->teacher, mien_batch_inputs(&work->batch),
                                           work->waiting, logits, error);
    work->done += work->waiting;
    work->waiting = 0;
    if (status == MIEN_OK && watcher->progress) {
        watcher->progress(watcher->context, work->done, answers->pictures);
    }
    if (status == MIEN_OK && watcher->cancelled && watcher->cancelled(watcher->context)) {
        status = mien_fail(error, MIEN_CANCELLED, "interrupted");
    }
    return status;
}

static mien_status take(lesson *work, const mien_loader_item *item, mien_error *error) {
    if (item->status != MIEN_OK) {
        return mien_fail(error, item->status, "%s", item->message);
    }
    mien_batch_put(&work->batch, work->waiting++, item->inputs);
    return MIEN_OK;
}

static mien_status answer_all(lesson *work, mien_answers *answers, mien_error *error) {
    mien_status status = MIEN_OK;
    while (status == MIEN_OK && work->done < answers->pictures) {
        const mien_loader_item *item = NULL;
        status = mien_loader_next(work->loader, &item, error);
        if (status == MIEN_OK && item) {
            status = take(work, item, error);
        }
        if (status == MIEN_OK && (!item || work->waiting == BATCH)) {
            status = answer_batch(work, answers, error);
        }
    }
    return status;
}

/// Fills answers->logits; free() them.
static mien_status ask_teacher(const mien_dataset *dataset, const mien_dataset_watcher *watcher,
                               mien_answerer *teacher, mien_answers *answers, mien_error *error) {
    lesson work = {.watcher = watcher, .teacher = teacher};
    float *logits = calloc(answers->pictures * answers->classes, sizeof *logits);
    mien_status status = logits ? MIEN_OK : mien_fail_memory(error, "a teacher's answers");
    if (status == MIEN_OK) {
        status = open_lesson(&work, dataset, error);
    }
    answers->logits = logits;
    if (status == MIEN_OK) {
        status = answer_all(&work, answers, error);
    }
    close_lesson(&work);
    if (status != MIEN_OK) {
        free(logits);
        answers->logits = NULL;
    }
    return status;
}

static void complain(const mien_dataset_watcher *watcher, const mien_error *why,
                     const char *consequence) {
    if (watcher->complain) {
        char text[MIEN_ERROR_CAPACITY + 64];
        snprintf(text, sizeof text, "%s; %s", why->message, consequence);
        watcher->complain(watcher->context, text);
    }
}

static mien_status remember_or_ask(const mien_dataset *dataset, const mien_dataset_watcher *watcher,
                                   mien_answerer *teacher, const char *path, const char *key,
                                   mien_answers *answers, mien_error *error) {
    mien_error problem = MIEN_ERROR_INIT;
    mien_status status = mien_answers_read(path, key, answers, &problem);
    if (status == MIEN_OK) {
        return MIEN_OK;
    }
    if (status != MIEN_NOT_FOUND) {
        complain(watcher, &problem, "the teacher answers again");
    }
    status = ask_teacher(dataset, watcher, teacher, answers, error);
    if (status == MIEN_OK && mien_answers_write(path, key, answers, &problem) != MIEN_OK) {
        complain(watcher, &problem, "the teacher will answer again next time");
    }
    return status;
}

/// Their count where it does not know the class.
static size_t find_class(const mien_answerer *teacher, const char *name) {
    const size_t count = mien_answerer_classes(teacher);
    size_t at = 0;
    while (at < count && strcmp(mien_answerer_class(teacher, at), name) != 0) {
        at++;
    }
    return at;
}

/// Where each of our classes stands among the teacher's; free() it.
static mien_status find_classes(const mien_answerer *teacher, const mien_distill_options *options,
                                size_t **places, mien_error *error) {
    size_t *found = calloc(options->class_count, sizeof *found);
    if (!found) {
        return mien_fail_memory(error, "a list of classes");
    }
    for (size_t c = 0; c < options->class_count; c++) {
        found[c] = find_class(teacher, options->classes[c]);
        if (found[c] == mien_answerer_classes(teacher)) {
            free(found);
            return mien_fail(error, MIEN_BAD_INPUT,
                             "the teacher %s does not know the class '%s'; choose one whose "
                             "classes include all of the model's",
                             mien_answerer_manifest(teacher)->name.text, options->classes[c]);
        }
    }
    *places = found;
    return MIEN_OK;
}

/// Softmax of our classes alone.
static void soften(const float *logits, const size_t *places, size_t classes, double temperature,
                   float *probabilities) {
    double largest = -INFINITY, sum = 0;
    for (size_t c = 0; c < classes; c++) {
        largest = fmax(largest, logits[places[c]]);
    }
    for (size_t c = 0; c < classes; c++) {
        sum += exp((logits[places[c]] - largest) / temperature);
    }
    for (size_t c = 0; c < classes; c++) {
        probabilities[c] = (float)(exp((logits[places[c]] - largest) / temperature) / sum);
    }
}

static mien_status soften_all(const mien_answers *answers, const mien_teacher *teacher,
                              float **probabilities, mien_error *error) {
    const size_t classes = teacher->classes;
    float *made = calloc(answers->pictures * classes, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a teacher's probabilities");
    }
    for (size_t i = 0; i < answers->pictures; i++) {
        soften(answers->logits + i * answers->classes, teacher->places, classes,
               teacher->temperature, made + i * classes);
    }
    *probabilities = made;
    return MIEN_OK;
}

mien_status mien_distill(mien_teacher *teacher, const mien_dataset *dataset, const char *cache,
                         const mien_dataset_watcher *watcher, float **probabilities,
                         mien_error *error) {
    static const mien_dataset_watcher nobody = {0};
    mien_answers answers = {.pictures = mien_dataset_count(dataset),
                            .classes = mien_answerer_classes(teacher->answerer)};
    char key[MIEN_SHA256_HEX], *path = NULL;
    mien_status status = mien_answers_key(teacher->answerer, dataset, key, error);
    if (status == MIEN_OK) {
        path = mien_answers_path(cache, key);
        status = path ? remember_or_ask(dataset, watcher ? watcher : &nobody, teacher->answerer,
                                        path, key, &answers, error)
                      : mien_fail_memory(error, "a path");
    }
    if (status == MIEN_OK) {
        status = soften_all(&answers, teacher, probabilities, error);
    }
    free(answers.logits);
    free(path);
    return status;
}

mien_status mien_teacher_load(const mien_distill_options *options, mien_teacher **teacher,
                              mien_error *error) {
    if (!(options->temperature > 0) || !isfinite(options->temperature)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "temperature %g; it must be above 0",
                         options->temperature);
    }
    mien_teacher *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a teacher");
    }
    made->classes = options->class_count;
    made->temperature = options->temperature;
    const mien_model_options how = {.threads = options->threads, .by_picture = true};
    mien_status status =
        mien_answerer_load(options->registry, options->teacher, &how, &made->answerer, error);
    if (status == MIEN_OK) {
        status = find_classes(made->answerer, options, &made->places, error);
    }
    if (status != MIEN_OK) {
        mien_teacher_free(made);
        return status;
    }
    *teacher = made;
    return MIEN_OK;
}

void mien_teacher_free(mien_teacher *teacher) {
    if (teacher) {
        mien_answerer_free(teacher->answerer);
        free(teacher->places);
        free(teacher);
    }
}
