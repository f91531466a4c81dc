// SPDX-License-Identifier: Apache-2.0
#include "host/cli/evaluator.h"

#include "host/cli/exit_code.h"
#include "host/cli/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// A model that can answer.
typedef struct {
    mien_evaluation_row *row;
    size_t first; ///< of its input rules among the loader's
} worker;

typedef struct {
    mien_evaluation *evaluation;
    worker *workers;
    size_t count;
    bool all_failed; ///< no model can answer any more
    size_t *pending; ///< pictures whose inputs stand in the batch
    size_t pending_count;
    uint64_t *digests; ///< by picture, where a model was fitted to some; else NULL
} evaluator;

// --- One batch -----------------------------------------------------------------------------------

static mien_status score(evaluator *state, const mien_evaluation_row *row, mien_error *error) {
    const mien_evaluation *evaluation = state->evaluation;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < state->pending_count && status == MIEN_OK; i++) {
        const size_t picture = state->pending[i], label = evaluation->index.items[picture].label;
        const double *shares = mien_guest_shares(row->guest) + i * evaluation->class_count;
        status = mien_scores_add(row->scores, label, shares, error);
        if (status == MIEN_OK && row->members) {
            status = mien_members_add(row->members, label, shares, mien_guest_alone(row->guest, i),
                                      mien_guest_rest(row->guest, i), error);
        }
        int32_t majority = row->consensus ? evaluation->crowd.majority[picture] : MIEN_NO_MAJORITY;
        if (status == MIEN_OK && majority != MIEN_NO_MAJORITY) {
            status = mien_scores_add(row->consensus, (size_t)majority, shares, error);
        }
    }
    return status;
}

/// A model that fails keeps its error in its row; only what concerns all is returned.
static mien_status run_batch(evaluator *state, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < state->count && status == MIEN_OK && state->pending_count; i++) {
        mien_evaluation_row *row = state->workers[i].row;
        if (row->error.status != MIEN_OK) {
            continue;
        }
        if (mien_guest_answer(row->guest, state->pending_count, &row->seconds, &row->error) ==
            MIEN_OK) {
            status = score(state, row, error);
        } else if (row->error.status == MIEN_CANCELLED) {
            status = mien_fail(error, MIEN_CANCELLED, "%s", row->error.message);
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
        const worker *each = &state->workers[i];
        mien_guest_put(each->row->guest, state->pending_count, item->inputs + each->first);
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

/// Input rules of all models, one after the other; free() it. NULL when memory is out.
static const mien_input_spec **list_rules(evaluator *state, size_t *count) {
    *count = 0;
    for (size_t i = 0; i < state->count; i++) {
        state->workers[i].first = *count;
        *count += mien_guest_rules(state->workers[i].row->guest);
    }
    const mien_input_spec **specs = (const mien_input_spec **)calloc(*count + 1, sizeof *specs);
    for (size_t i = 0; specs && i < state->count; i++) {
        const worker *each = &state->workers[i];
        for (size_t k = 0; k < mien_guest_rules(each->row->guest); k++) {
            specs[each->first + k] = mien_guest_rule(each->row->guest, k);
        }
    }
    return specs;
}

static mien_status pass(evaluator *state, mien_error *error) {
    size_t rules = 0;
    const mien_input_spec **specs = list_rules(state, &rules);
    if (!specs) {
        return mien_fail_memory(error, "input rules");
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

/// What is counted of a row's answers.
static mien_status prepare_row(const mien_evaluation *evaluation, mien_evaluation_row *row,
                               mien_error *error) {
    const size_t classes = evaluation->class_count, members = mien_guest_members(row->guest);
    const bool votes = evaluation->votes_path != NULL;
    row->scores = mien_scores_create(classes);
    row->classes = calloc(classes, sizeof *row->classes);
    row->consensus = votes ? mien_scores_create(classes) : NULL;
    row->members = members ? mien_members_create(members, classes) : NULL;
    row->member_figures = members ? calloc(members, sizeof *row->member_figures) : NULL;
    return row->scores && row->classes && (row->consensus || !votes) &&
                   ((row->members && row->member_figures) || !members)
               ? MIEN_OK
               : mien_fail_memory(error, "an evaluation");
}

/// A model that is not ready for its task has that in its row.
static mien_status invite(evaluator *state, mien_evaluation_row *row, mien_error *error) {
    const mien_evaluation *evaluation = state->evaluation;
    const mien_guest_task task = {.batch = evaluation->batch,
                                  .columns = row->columns,
                                  .classes = evaluation->class_count,
                                  .flip = evaluation->flip,
                                  .members = mien_guest_members(row->guest) > 0};
    if (mien_guest_prepare(row->guest, &task, &row->error) != MIEN_OK) {
        return MIEN_OK;
    }
    state->workers[state->count++].row = row;
    return prepare_row(evaluation, row, error);
}

static mien_status prepare(evaluator *state, mien_error *error) {
    mien_evaluation *evaluation = state->evaluation;
    state->workers = calloc(evaluation->count, sizeof *state->workers);
    state->pending = calloc(evaluation->batch, sizeof *state->pending);
    evaluation->used = calloc(evaluation->index.count, sizeof *evaluation->used);
    if (!state->workers || !state->pending || !evaluation->used) {
        return mien_fail_memory(error, "an evaluation");
    }
    mien_status status = MIEN_OK;
    bool fitted = false;
    for (size_t i = 0; i < evaluation->count && status == MIEN_OK; i++) {
        if (evaluation->rows[i].error.status == MIEN_OK) {
            fitted = fitted || evaluation->rows[i].fitted.count;
            status = invite(state, &evaluation->rows[i], error);
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
    free(state->workers);
    free(state->pending);
    free(state->digests);
}

mien_status mien_evaluator_run(mien_evaluation *evaluation, mien_error *error) {
    evaluator state = {.evaluation = evaluation};
    if (!mien_evaluation_scored(evaluation)) {
        return MIEN_OK;
    }
    mien_status status = prepare(&state, error);
    if (status == MIEN_OK && mien_evaluation_scored(evaluation)) {
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
