// SPDX-License-Identifier: Apache-2.0
#include "host/cli/evaluation_run.h"

#include "host/cli/evaluator.h"
#include "host/cli/exit_code.h"
#include "host/limits.h"

#include <stdlib.h>

/// That a guest opens here, and what it is loaded from.
enum { GUEST_FILES = 4 };

/// Each computes pictures of its own, so more than a batch has would wait.
static uint32_t count_threads(const mien_evaluation_options *options) {
    uint32_t count =
        options->threads ? mien_thread_count(options->threads) : mien_processor_count();
    return options->batch < count ? (uint32_t)options->batch : count;
}

mien_evaluation mien_evaluation_begin(const char *command, const char *dataset,
                                      const mien_evaluation_options *options) {
    return (mien_evaluation){.command = command,
                             .dataset = dataset,
                             .split = options->split,
                             .votes_path = options->votes,
                             .flip = options->flip,
                             .batch = (size_t)options->batch,
                             .threads = count_threads(options),
                             .corruption = options->corruption,
                             .limit = (size_t)options->limit};
}

/// The pictures that the row's model was fitted to.
static mien_status list_fitted(const mien_registry *registry, mien_evaluation_row *row) {
    mien_manifest *manifest = NULL;
    mien_status status = mien_registry_manifest(registry, row->name, &manifest, &row->error);
    if (status == MIEN_OK) {
        status = mien_digests_of(manifest, &row->fitted, &row->error);
    }
    mien_manifest_free(manifest);
    return status;
}

static mien_status load_row(mien_registry *registry, const mien_model_options *how,
                            mien_evaluation_row *row) {
    // It keeps some of its files, and must leave room for decoding.
    mien_status status =
        mien_limits_try_files(GUEST_FILES + mien_loader_files(how->threads), &row->error);
    if (status == MIEN_OK) {
        status = mien_guest_create(registry, row->name, &row->guest, &row->error);
    }
    if (status == MIEN_OK) {
        status = mien_guest_load(row->guest, how, &row->error);
    }
    return status == MIEN_OK ? list_fitted(registry, row) : status;
}

/// A model that was given up after Ctrl-C is no row that failed.
static mien_status check_not_cancelled(const mien_evaluation *evaluation, mien_error *error) {
    for (size_t i = 0; i < evaluation->count; i++) {
        const mien_error *problem = &evaluation->rows[i].error;
        if (problem->status == MIEN_CANCELLED) {
            return mien_fail(error, MIEN_CANCELLED, "%s", problem->message);
        }
    }
    return MIEN_OK;
}

/// Every model of the selection becomes a row; one that cannot be loaded keeps its error there.
static mien_status load_rows(mien_registry *registry, mien_selection *selection, int plan,
                             mien_evaluation *evaluation, mien_error *error) {
    const mien_model_options how = {
        .threads = evaluation->threads, .plan = (mien_plan)plan, .by_picture = true};
    evaluation->rows = calloc(selection->count, sizeof *evaluation->rows);
    if (!evaluation->rows) {
        return mien_fail_memory(error, "an evaluation");
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < selection->count && status == MIEN_OK; i++) {
        mien_evaluation_row *row = &evaluation->rows[evaluation->count++];
        row->name = selection->names[i];
        selection->names[i] = NULL;
        row->error.status = load_row(registry, &how, row);
        status = check_not_cancelled(evaluation, error);
    }
    return status;
}

/// A plugin that does not come through its own end is not one to rely on.
static void close_rows(mien_evaluation *evaluation) {
    for (size_t i = 0; i < evaluation->count; i++) {
        mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status == MIEN_OK) {
            row->error.status = mien_guest_close(row->guest, &row->error);
        }
    }
}

// --- Costs ---------------------------------------------------------------------------------------

static mien_status measure_rows(mien_evaluation *evaluation, const mien_evaluation_options *options,
                                const mien_picture *picture, mien_error *error) {
    mien_costs_subject *subjects = calloc(evaluation->count, sizeof *subjects);
    if (!subjects) {
        return mien_fail_memory(error, "measurements");
    }
    size_t count = 0, at = 0;
    for (size_t i = 0; i < evaluation->count; i++) {
        if (evaluation->rows[i].error.status == MIEN_OK) {
            subjects[count++].guest = evaluation->rows[i].guest;
        }
    }
    mien_status status =
        mien_costs_measure((mien_plan)options->plan, mien_thread_count(options->latency_threads),
                           picture, options->seconds, subjects, count, error);
    for (size_t i = 0; i < evaluation->count && status == MIEN_OK; i++) {
        mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status == MIEN_OK) {
            row->costs = subjects[at].costs;
            row->error = subjects[at++].error;
        }
    }
    mien_costs_end(subjects, count);
    free(subjects);
    return status;
}

static mien_status measure(mien_evaluation *evaluation, const mien_evaluation_options *options,
                           mien_error *error) {
    if (options->seconds <= 0 || evaluation->used_count == 0) {
        return MIEN_OK;
    }
    mien_picture picture;
    const char *path = evaluation->index.items[evaluation->used[0]].path;
    mien_status status = mien_picture_read(path, NULL, &picture, error);
    if (status == MIEN_OK) {
        status = measure_rows(evaluation, options, &picture, error);
        mien_picture_clear(&picture);
    }
    return status;
}

// --- All of it -----------------------------------------------------------------------------------

mien_status mien_evaluation_run(mien_evaluation *evaluation, mien_registry *registry,
                                const char *const *models, size_t count,
                                const mien_evaluation_options *options, mien_error *error) {
    mien_selection selection = {0};
    mien_status status = mien_evaluation_find(evaluation, registry, error);
    if (status == MIEN_OK) {
        status = mien_loader_use_threads(evaluation->threads, error);
    }
    if (status == MIEN_OK) {
        status = mien_select_models(registry, models, count, MIEN_SELECT_ALL, &selection, error);
    }
    if (status == MIEN_OK) {
        status = load_rows(registry, &selection, options->plan, evaluation, error);
    }
    if (status == MIEN_OK) {
        status = mien_evaluation_choose(evaluation, options->classes, error);
    }
    if (status == MIEN_OK) {
        status = mien_evaluator_run(evaluation, error);
    }
    if (status == MIEN_OK) {
        status = measure(evaluation, options, error);
    }
    if (status == MIEN_OK) {
        close_rows(evaluation);
        status = check_not_cancelled(evaluation, error);
    }
    mien_selection_free(&selection);
    return status;
}

int mien_evaluation_exit_code(const mien_evaluation *evaluation, bool passed) {
    for (size_t i = 0; i < evaluation->count; i++) {
        if (evaluation->rows[i].error.status != MIEN_OK) {
            return mien_exit_code(evaluation->rows[i].error.status);
        }
    }
    return evaluation->unreadable ? MIEN_EXIT_BAD_INPUT
           : passed               ? MIEN_EXIT_DONE
                                  : MIEN_EXIT_FAILED;
}
