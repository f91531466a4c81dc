// SPDX-License-Identifier: Apache-2.0
#include "host/cli/evaluator.h"

#include "host/cli/ballots.h"
#include "host/cli/exit_code.h"
#include "host/cli/progress.h"
#include "host/cli/walk.h"
#include "host/probabilities.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// A model's buffers for a batch.
typedef struct {
    mien_evaluation_row *row;
    mien_batch inputs;
    size_t first; ///< of its input rules among the loader's
    float *logits;
    double *probabilities; ///< batch × classes of the evaluation
    mien_ballots ballots;  ///< of an ensemble
} worker;

typedef struct {
    mien_evaluation *evaluation;
    worker *workers; ///< one for each model that can answer
    size_t count;
    bool all_failed; ///< no model can answer any more
    size_t *pending; ///< pictures whose inputs stand in the batch
    size_t pending_count;
    uint64_t *digests; ///< by picture, where a model was fitted to some; else NULL
    double *shares;    ///< one picture's probabilities
} evaluator;

// --- One batch -----------------------------------------------------------------------------------

/// Adds to the batch's probabilities `part` of what the model answers: restricted to the classes
/// that count, and scaled to sum to `part`.
static void add_answers(evaluator *state, worker *each, double part) {
    size_t classes = state->evaluation->class_count, all = mien_answerer_classes(each->row->model);
    for (size_t i = 0; i < state->pending_count; i++) {
        mien_probabilities_among(each->logits + i * all, each->row->columns, classes,
                                 state->shares);
        for (size_t k = 0; k < classes; k++) {
            each->probabilities[i * classes + k] += part * state->shares[k];
        }
    }
}

static mien_status answer(evaluator *state, worker *each, double part) {
    mien_evaluation_row *row = each->row;
    const float *const *inputs = mien_batch_inputs(&each->inputs);
    const size_t count = state->pending_count;
    double before = mien_seconds();
    mien_status status =
        row->members ? mien_ballots_run(&each->ballots, inputs, count, each->logits, &row->error)
                     : mien_answerer_run(row->model, inputs, count, each->logits, &row->error);
    row->seconds += mien_seconds() - before;
    if (status == MIEN_OK) {
        add_answers(state, each, part);
        if (row->members) {
            mien_ballots_add(&each->ballots, count, part);
        }
    }
    return status;
}

static mien_status score(evaluator *state, const worker *each, mien_error *error) {
    const mien_evaluation *evaluation = state->evaluation;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < state->pending_count && status == MIEN_OK; i++) {
        size_t picture = state->pending[i];
        const double *shares = each->probabilities + i * evaluation->class_count;
        status = mien_scores_add(each->row->scores, evaluation->index.items[picture].label, shares,
                                 error);
        if (status == MIEN_OK && each->row->members) {
            status = mien_ballots_score(&each->ballots, i, evaluation->index.items[picture].label,
                                        shares, each->row->members, error);
        }
        int32_t majority =
            each->row->consensus ? evaluation->crowd.majority[picture] : MIEN_NO_MAJORITY;
        if (status == MIEN_OK && majority != MIEN_NO_MAJORITY) {
            status = mien_scores_add(each->row->consensus, (size_t)majority, shares, error);
        }
    }
    return status;
}

/// A model that fails keeps its error in its row; only what concerns all is returned.
static mien_status run_batch(evaluator *state, mien_error *error) {
    bool flip = state->evaluation->flip;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < state->count && status == MIEN_OK && state->pending_count; i++) {
        worker *each = &state->workers[i];
        if (each->row->error.status != MIEN_OK) {
            continue;
        }
        memset(each->probabilities, 0,
               state->pending_count * state->evaluation->class_count * sizeof *each->probabilities);
        if (each->row->members) {
            mien_ballots_begin(&each->ballots, state->pending_count);
        }
        mien_status answered = answer(state, each, flip ? 0.5 : 1);
        if (answered == MIEN_OK && flip) {
            mien_batch_mirror(&each->inputs, each->row->model, state->pending_count);
            answered = answer(state, each, 0.5);
        }
        if (answered == MIEN_OK) {
            status = score(state, each, error);
        }
    }
    state->pending_count = 0;
    state->all_failed = !mien_evaluation_scored(state->evaluation);
    return status;
}

// --- The pass ------------------------------------------------------------------------------------

/// Whether a model was fitted to the picture: then no model's figures have it, so that all are of
/// the same pictures.
static bool leave_out(const evaluator *state, const mien_loader_item *item) {
    bool any = false;
    for (size_t i = 0; i < state->count && state->digests; i++) {
        mien_evaluation_row *row = state->workers[i].row;
        if (mien_digests_hold(&row->fitted, state->digests[item->index])) {
            row->fitted_to++;
            any = true;
        }
    }
    state->evaluation->fitted_to += any;
    return any;
}

static void take(evaluator *state, const mien_loader_item *item) {
    for (size_t i = 0; i < state->count; i++) {
        worker *each = &state->workers[i];
        mien_batch_put(&each->inputs, state->pending_count, item->inputs + each->first);
    }
    state->pending[state->pending_count++] = item->index;
    state->evaluation->used[state->evaluation->used_count++] = item->index;
}

static mien_status take_picture(void *context, const mien_loader_item *item, mien_error *error) {
    evaluator *state = context;
    if (leave_out(state, item)) {
        return MIEN_OK;
    }
    take(state, item);
    return state->pending_count == state->evaluation->batch ? run_batch(state, error) : MIEN_OK;
}

/// [any thread]
static mien_status alter(void *context, size_t index, mien_image *image, mien_error *error) {
    const evaluator *state = context;
    const mien_evaluation *evaluation = state->evaluation;
    mien_status status = MIEN_OK;
    if (state->digests) { // of the picture before it is damaged
        status = mien_picture_digest(image, &state->digests[index], error);
    }
    return status == MIEN_OK
               ? mien_corruption_apply(&evaluation->corruption, evaluation->index.items[index].name,
                                       image, error)
               : status;
}

static mien_status say_what_is_left(const mien_evaluation *evaluation, mien_error *error) {
    const size_t all = evaluation->index.count;
    const char *name = "";
    for (size_t i = 0; i < evaluation->count; i++) {
        const mien_evaluation_row *row = &evaluation->rows[i];
        if (row->fitted_to) {
            name = row->name;
            mien_complain(evaluation->command,
                          "%s was fitted to %zu of the %zu pictures; they are left out", row->name,
                          row->fitted_to, all);
        }
    }
    if (evaluation->unreadable == all) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: none of the %zu pictures can be used",
                         evaluation->dataset, all);
    }
    if (mien_evaluation_pictures(evaluation) == 0) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: no picture is left that %s was not fitted to; evaluate it on others",
                         evaluation->dataset, name);
    }
    return MIEN_OK;
}

static mien_status pass(evaluator *state, mien_error *error) {
    size_t rules = 0;
    for (size_t i = 0; i < state->count; i++) {
        state->workers[i].first = rules;
        rules += mien_answerer_rules(state->workers[i].row->model);
    }
    const mien_input_spec **specs = (const mien_input_spec **)calloc(rules, sizeof *specs);
    if (!specs) {
        return mien_fail_memory(error, "input rules");
    }
    for (size_t i = 0; i < state->count; i++) {
        mien_answerer_list_rules(state->workers[i].row->model, specs + state->workers[i].first);
    }
    mien_evaluation *evaluation = state->evaluation;
    const mien_walk pictures = {
        .command = evaluation->command,
        .index = &evaluation->index,
        .loader = {.inputs = specs, .input_count = rules, .alter = alter, .context = state},
        .take = take_picture,
        .context = state,
        .enough = &state->all_failed};
    mien_status status = mien_walk_run(&pictures, &evaluation->unreadable, error);
    if (status == MIEN_OK) {
        status = run_batch(state, error);
    }
    free((void *)specs);
    return status == MIEN_OK ? say_what_is_left(state->evaluation, error) : status;
}

// --- Before and after ----------------------------------------------------------------------------

static mien_status prepare_members(const evaluator *state, worker *each, mien_error *error) {
    mien_evaluation_row *row = each->row;
    const size_t classes = state->evaluation->class_count;
    const size_t count = mien_answerer_members(row->model);
    if (mien_answerer_manifest(row->model)->kind != MIEN_KIND_ENSEMBLE) {
        return MIEN_OK;
    }
    row->members = mien_members_create(count, classes);
    row->member_figures = calloc(count, sizeof *row->member_figures);
    return row->members && row->member_figures
               ? mien_ballots_create(row->model, row->columns, classes, state->evaluation->batch,
                                     &each->ballots, error)
               : mien_fail_memory(error, "members' scores");
}

static mien_status prepare_worker(const evaluator *state, mien_evaluation_row *row, worker *each,
                                  mien_error *error) {
    size_t batch = state->evaluation->batch, classes = state->evaluation->class_count;
    *each = (worker){.row = row};
    each->logits = calloc(batch, mien_answerer_classes(row->model) * sizeof *each->logits);
    each->probabilities = calloc(batch, classes * sizeof *each->probabilities);
    row->scores = mien_scores_create(classes);
    row->classes = calloc(classes, sizeof *row->classes);
    bool votes = state->evaluation->votes_path != NULL;
    row->consensus = votes ? mien_scores_create(classes) : NULL;
    bool complete = each->logits && each->probabilities && row->scores && row->classes &&
                    (row->consensus || !votes);
    mien_status status = complete ? mien_batch_create(row->model, batch, &each->inputs, error)
                                  : mien_fail_memory(error, "a batch of pictures");
    return status == MIEN_OK ? prepare_members(state, each, error) : status;
}

static mien_status prepare(evaluator *state, mien_error *error) {
    mien_evaluation *evaluation = state->evaluation;
    state->workers = calloc(evaluation->count, sizeof *state->workers);
    state->pending = calloc(evaluation->batch, sizeof *state->pending);
    evaluation->used = calloc(evaluation->index.count, sizeof *evaluation->used);
    state->shares = calloc(evaluation->class_count, sizeof *state->shares);
    if (!state->workers || !state->pending || !evaluation->used || !state->shares) {
        return mien_fail_memory(error, "an evaluation");
    }
    mien_status status = MIEN_OK;
    bool fitted = false;
    for (size_t i = 0; i < evaluation->count && status == MIEN_OK; i++) {
        if (evaluation->rows[i].error.status == MIEN_OK) {
            worker *each = &state->workers[state->count++];
            fitted = fitted || evaluation->rows[i].fitted.count;
            status = prepare_worker(state, &evaluation->rows[i], each, error);
        }
    }
    if (status == MIEN_OK && fitted) {
        state->digests = calloc(evaluation->index.count, sizeof *state->digests);
        status = state->digests ? MIEN_OK : mien_fail_memory(error, "an evaluation");
    }
    return status;
}

static mien_status summarise(mien_evaluation_row *row, mien_error *error) {
    mien_scores_summarise(row->scores, row->figures, row->classes, row->bins);
    mien_status status = mien_scores_intervals(row->scores, row->intervals, error);
    if (status == MIEN_OK && row->members) {
        status = mien_members_summarise(row->members, row->member_figures, error);
    }
    if (status != MIEN_OK || !row->consensus) {
        return status;
    }
    double figures[MIEN_FIGURE_COUNT];
    mien_interval intervals[MIEN_FIGURE_COUNT];
    intervals[MIEN_FIGURE_ACCURACY] = (mien_interval){(double)NAN, (double)NAN};
    mien_scores_summarise(row->consensus, figures, NULL, NULL);
    row->consensus_accuracy = figures[MIEN_FIGURE_ACCURACY];
    if (mien_scores_pictures(row->consensus)) {
        status = mien_scores_intervals(row->consensus, intervals, error);
    }
    row->consensus_interval = intervals[MIEN_FIGURE_ACCURACY];
    return status;
}

static void clear(evaluator *state) {
    for (size_t i = 0; i < state->count; i++) {
        mien_batch_clear(&state->workers[i].inputs);
        free(state->workers[i].logits);
        free(state->workers[i].probabilities);
        mien_ballots_clear(&state->workers[i].ballots);
    }
    free(state->workers);
    free(state->pending);
    free(state->digests);
    free(state->shares);
}

mien_status mien_evaluator_run(mien_evaluation *evaluation, mien_error *error) {
    evaluator state = {.evaluation = evaluation};
    if (!mien_evaluation_scored(evaluation)) {
        return MIEN_OK;
    }
    mien_status status = prepare(&state, error);
    if (status == MIEN_OK) {
        status = pass(&state, error);
    }
    for (size_t i = 0; i < state.count && status == MIEN_OK; i++) {
        mien_evaluation_row *row = state.workers[i].row;
        if (row->error.status == MIEN_OK) {
            status = summarise(row, error);
        }
    }
    clear(&state);
    return status;
}
