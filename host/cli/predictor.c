// SPDX-License-Identifier: Apache-2.0
#include "host/cli/predictor.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mien_status open_model(mien_registry *registry, const char *name,
                              const mien_model_options *how, size_t batch,
                              mien_predictor_model *each, mien_error *error) {
    each->name = name;
    mien_status status = mien_answerer_load(registry, name, how, &each->model, error);
    if (status != MIEN_OK) {
        return status;
    }
    each->logits = calloc(batch, mien_answerer_classes(each->model) * sizeof *each->logits);
    return each->logits ? mien_batch_create(each->model, batch, &each->inputs, error)
                        : mien_fail_memory(error, "a batch of pictures");
}

mien_status mien_predictor_open(mien_registry *registry, const mien_selection *selection,
                                const mien_model_options *how, size_t batch,
                                mien_predictor *predictor, mien_error *error) {
    *predictor = (mien_predictor){.batch = batch ? batch : 1};
    predictor->models = calloc(selection->count, sizeof *predictor->models);
    predictor->pending = calloc(predictor->batch, sizeof *predictor->pending);
    if (!predictor->models || !predictor->pending) {
        return mien_fail_memory(error, "a batch of pictures");
    }
    predictor->model_count = selection->count;
    for (size_t i = 0; i < selection->count; i++) {
        mien_status status = open_model(registry, selection->names[i], how, predictor->batch,
                                        &predictor->models[i], error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

void mien_predictor_close(mien_predictor *predictor) {
    for (size_t i = 0; i < predictor->model_count; i++) {
        mien_answerer_free(predictor->models[i].model);
        mien_batch_clear(&predictor->models[i].inputs);
        free(predictor->models[i].logits);
    }
    free(predictor->models);
    free(predictor->pending);
    *predictor = (mien_predictor){0};
}

/// Runs what is pending through every model and prints the answers.
static mien_status flush_batch(mien_predictor *predictor, mien_progress *progress,
                               mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < predictor->model_count && status == MIEN_OK; i++) {
        mien_predictor_model *each = &predictor->models[i];
        if (predictor->pending_count) {
            status = mien_answerer_run(each->model, mien_batch_inputs(&each->inputs),
                                       predictor->pending_count, each->logits, error);
        }
    }
    mien_progress_make_way(progress);
    for (size_t i = 0; i < predictor->pending_count && status == MIEN_OK; i++) {
        for (size_t j = 0; j < predictor->model_count && status == MIEN_OK; j++) {
            const mien_predictor_model *each = &predictor->models[j];
            status = mien_answer_write(
                &predictor->style, &predictor->pending[i], each->name, each->model,
                each->logits + i * mien_answerer_classes(each->model), error);
        }
    }
    predictor->pending_count = 0;
    return status == MIEN_OK ? mien_flush_output(error) : status;
}

static void take(mien_predictor *predictor, const mien_paths *paths, const mien_loader_item *item) {
    for (size_t i = 0; i < predictor->model_count; i++) {
        mien_predictor_model *each = &predictor->models[i];
        mien_batch_put(&each->inputs, predictor->pending_count, item->inputs + each->first);
    }
    predictor->pending[predictor->pending_count++] = (mien_answer_picture){
        .path = paths->items[item->index], .height = item->height, .width = item->width};
}

static mien_status pass_over(mien_predictor *predictor, const mien_loader_item *item,
                             mien_progress *progress, mien_error *error) {
    mien_status status = flush_batch(predictor, progress, error);
    mien_progress_clear(progress);
    if (status == MIEN_OK) {
        mien_complain("predict", "%s", item->message);
        status = mien_answer_write_problem(&predictor->style, item->path, item->message, error);
    }
    return status;
}

static mien_status consume(mien_predictor *predictor, mien_loader *loader, const mien_paths *paths,
                           size_t *unusable, mien_error *error) {
    const mien_loader_item *item = NULL;
    mien_progress progress;
    size_t done = 0;
    mien_progress_start(&progress, paths->count);
    mien_status status;
    while ((status = mien_loader_next(loader, &item, error)) == MIEN_OK && item) {
        if (item->status != MIEN_OK) {
            (*unusable)++;
            status = pass_over(predictor, item, &progress, error);
        } else {
            take(predictor, paths, item);
            if (predictor->pending_count == predictor->batch) {
                status = flush_batch(predictor, &progress, error);
            }
        }
        if (status == MIEN_OK && mien_interrupted()) {
            status = mien_fail(error, MIEN_CANCELLED, "interrupted after %zu of %zu pictures",
                               done + 1, paths->count);
        }
        if (status != MIEN_OK) {
            break;
        }
        mien_progress_update(&progress, ++done);
    }
    if (status == MIEN_OK) {
        status = flush_batch(predictor, &progress, error);
    }
    mien_progress_clear(&progress);
    return status;
}

mien_status mien_predictor_run(mien_predictor *predictor, const mien_paths *paths, size_t *unusable,
                               mien_error *error) {
    size_t rules = 0;
    for (size_t i = 0; i < predictor->model_count; i++) {
        predictor->models[i].first = rules;
        rules += mien_answerer_rules(predictor->models[i].model);
    }
    const mien_input_spec **specs = (const mien_input_spec **)calloc(rules, sizeof *specs);
    if (!specs) {
        return mien_fail_memory(error, "input rules");
    }
    for (size_t i = 0; i < predictor->model_count; i++) {
        mien_answerer_list_rules(predictor->models[i].model, specs + predictor->models[i].first);
    }
    mien_loader_options options = {.paths = (const char *const *)paths->items,
                                   .path_count = paths->count,
                                   .inputs = specs,
                                   .input_count = rules,
                                   .crop = predictor->style.crop};
    mien_loader *loader = NULL;
    mien_status status = mien_loader_open(&options, &loader, error);
    if (status == MIEN_OK) {
        status = consume(predictor, loader, paths, unusable, error);
    }
    mien_loader_close(loader);
    free((void *)specs);
    return status;
}
