// SPDX-License-Identifier: Apache-2.0
#include "host/cli/fitting.h"

#include "host/cli/interrupt.h"
#include "host/cli/progress.h"
#include "host/cli/shared.h"
#include "host/stateless_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Where numbers come from that a method does not fit: an ensemble that is fitted would bring in
/// pictures that the new list does not have.
static mien_status check_ensemble(const mien_manifest *manifest, mien_error *error) {
    if (manifest->kind != MIEN_KIND_ENSEMBLE) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "%s: is a manifest of a %s; an ensemble is fitted, which may have one "
                         "member",
                         manifest->path, mien_manifest_kind_text(manifest->kind));
    }
    const mien_manifest_text data = manifest->ensemble.fitted.data;
    return data.text ? mien_manifest_fail(manifest, data.at, error, MIEN_BAD_INPUT,
                                          "is fitted already; fit the ensemble that it was made "
                                          "from, or take fitted: and its numbers out")
                     : MIEN_OK;
}

static mien_status load(mien_registry *registry, const char *name, mien_fitting *fitting,
                        mien_error *error) {
    const mien_fitting_options *options = fitting->options;
    mien_manifest *manifest = NULL;
    mien_status status = mien_registry_manifest(registry, name, &manifest, error);
    if (status == MIEN_OK) {
        status = check_ensemble(manifest, error);
    }
    mien_manifest_free(manifest);
    const int64_t threads = options->threads ? options->threads : (int64_t)mien_processor_count();
    const mien_model_options how = {
        .threads = mien_thread_count(threads < options->batch ? threads : options->batch),
        .by_picture = true};
    if (status == MIEN_OK) {
        status = mien_loader_use_threads(how.threads, error);
    }
    return status == MIEN_OK ? mien_answerer_load(registry, name, &how, &fitting->answerer, error)
                             : status;
}

mien_status mien_fitting_run(mien_registry *registry, const char *ensemble, const char *dataset,
                             const mien_fitting_options *options, mien_fitting *fitting,
                             mien_error *error) {
    *fitting = (mien_fitting){.dataset = dataset, .options = options};
    mien_status status = load(registry, ensemble, fitting, error);
    if (status == MIEN_OK) {
        status = mien_fitting_list(registry, fitting, error);
    }
    if (status == MIEN_OK) {
        status = mien_fitting_ask(fitting, error);
    }
    return status == MIEN_OK ? mien_fitting_fit(fitting, error) : status;
}

void mien_fitting_clear(mien_fitting *fitting) {
    for (size_t i = 0; i < MIEN_FIT_METHODS; i++) {
        mien_fit_clear(&fitting->rows[i].fit);
    }
    mien_fit_sample_clear(&fitting->sample);
    free(fitting->members);
    free(fitting->digests);
    mien_index_free(&fitting->index);
    mien_answerer_free(fitting->answerer);
    *fitting = (mien_fitting){0};
}

// --- Figures -------------------------------------------------------------------------------------

static mien_status measure(const mien_fit_sample *sample, const mien_combination *how,
                           double figures[MIEN_FIGURE_COUNT], mien_error *error) {
    mien_scores *const scores = mien_scores_create(sample->classes);
    mien_status status =
        scores ? mien_fit_score(sample, how, scores, error) : mien_fail_memory(error, "figures");
    if (status == MIEN_OK) {
        mien_scores_summarise(scores, figures, NULL, NULL);
    }
    mien_scores_free(scores);
    return status;
}

/// Each member by itself is an ensemble in which the others weigh nothing.
static mien_status measure_members(mien_fitting *fitting, mien_error *error) {
    const mien_fit_sample *sample = &fitting->sample;
    const mien_combination *how = mien_answerer_combination(fitting->answerer);
    double *const weights = calloc(sample->members, sizeof *weights);
    fitting->members = calloc(sample->members, sizeof *fitting->members);
    mien_status status = weights && fitting->members ? MIEN_OK : mien_fail_memory(error, "figures");
    for (size_t i = 0; i < sample->members && status == MIEN_OK; i++) {
        mien_combination alone = *how;
        alone.rule = MIEN_ENSEMBLE_SOFT;
        alone.weights = weights;
        weights[i] = 1;
        status = measure(sample, &alone, fitting->members[i], error);
        weights[i] = 0;
    }
    free(weights);
    return status;
}

// --- Methods -------------------------------------------------------------------------------------

static bool is_common(mien_status status) {
    return status == MIEN_CANCELLED || status == MIEN_OUT_OF_MEMORY;
}

/// Fits to all folds but one, and counts how that one is answered.
static mien_status hold_out(const mien_fitting *fitting, mien_fit_method method,
                            const uint8_t *folds, uint8_t fold, mien_scores *scores,
                            mien_error *error) {
    mien_fit_sample learned = {0}, asked = {0};
    mien_fit fit = {0};
    mien_status status = mien_fit_part(&fitting->sample, folds, fold, false, &learned, error);
    if (status == MIEN_OK) {
        status = mien_fit_part(&fitting->sample, folds, fold, true, &asked, error);
    }
    if (status == MIEN_OK) {
        status = mien_fit_make(&learned, method, mien_answerer_combination(fitting->answerer),
                               fitting->options->penalty, &fit, error);
    }
    if (status == MIEN_OK) {
        status = mien_fit_score(&asked, &fit.how, scores, error);
    }
    mien_fit_clear(&fit);
    mien_fit_sample_clear(&learned);
    mien_fit_sample_clear(&asked);
    return status;
}

static mien_status cross_validate(mien_fitting *fitting, mien_fit_method method,
                                  const uint8_t *folds, mien_progress *progress,
                                  mien_error *error) {
    mien_scores *const scores = mien_scores_create(fitting->sample.classes);
    mien_status status = scores ? MIEN_OK : mien_fail_memory(error, "figures");
    for (uint8_t i = 0; i < MIEN_FIT_FOLDS && status == MIEN_OK; i++) {
        status = mien_interrupted() ? mien_fail(error, MIEN_CANCELLED, "interrupted while fitting")
                                    : hold_out(fitting, method, folds, i, scores, error);
        mien_progress_update(progress, progress->done + 1);
    }
    if (status == MIEN_OK) {
        mien_scores_summarise(scores, fitting->rows[method].held_out, NULL, NULL);
    }
    mien_scores_free(scores);
    return status;
}

/// By what they show, so that a picture and its copy are in one fold. False: all would be.
static bool deal(const mien_fitting *fitting, uint8_t *folds) {
    bool several = false;
    for (size_t i = 0; i < fitting->sample.pictures; i++) {
        folds[i] = (uint8_t)(mien_draw(0, 0, 0, fitting->digests[i]) % MIEN_FIT_FOLDS);
        several = several || folds[i] != folds[0];
    }
    return several;
}

static mien_status fit_row(mien_fitting *fitting, mien_fit_method method, const uint8_t *folds,
                           mien_progress *progress, mien_error *error) {
    mien_fitting_row *const row = &fitting->rows[method];
    mien_status status =
        mien_fit_make(&fitting->sample, method, mien_answerer_combination(fitting->answerer),
                      fitting->options->penalty, &row->fit, error);
    if (status == MIEN_OK) {
        status = measure(&fitting->sample, &row->fit.how, row->figures, error);
    }
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        row->held_out[i] = (double)NAN;
    }
    mien_progress_update(progress, progress->done + 1);
    return status == MIEN_OK && folds ? cross_validate(fitting, method, folds, progress, error)
                                      : status;
}

mien_status mien_fitting_fit(mien_fitting *fitting, mien_error *error) {
    mien_progress progress;
    mien_progress_start(&progress, (size_t)MIEN_FIT_METHODS * (MIEN_FIT_FOLDS + 1));
    uint8_t *const folds = calloc(fitting->sample.pictures, sizeof *folds);
    mien_status status = folds ? MIEN_OK : mien_fail_memory(error, "folds");
    if (status == MIEN_OK) {
        status = measure(&fitting->sample, mien_answerer_combination(fitting->answerer),
                         fitting->before, error);
    }
    if (status == MIEN_OK) {
        status = measure_members(fitting, error);
    }
    const bool several = status == MIEN_OK && deal(fitting, folds);
    for (int i = 0; i < MIEN_FIT_METHODS && status == MIEN_OK; i++) {
        mien_error *const problem = &fitting->rows[i].error;
        status = fit_row(fitting, (mien_fit_method)i, several ? folds : NULL, &progress, problem);
        if (is_common(status)) {
            *error = *problem;
        } else {
            status = MIEN_OK;
        }
    }
    mien_progress_clear(&progress);
    free(folds);
    return status;
}
