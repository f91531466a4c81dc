// SPDX-License-Identifier: Apache-2.0
// A guest's own process: the model, and what is asked of it.
#include "host/cli/ballots.h"
#include "host/cli/guest_internal.h"
#include "host/cli/progress.h"
#include "host/probabilities.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const mien_guest_invitation *invited;
    int line;
    mien_answerer *model; ///< NULL: not loaded
    mien_guest_table table;
    mien_guest_task task;
    size_t *columns; ///< the task's
    float *logits;   ///< of a batch
    double *shares;  ///< one picture's probabilities
    mien_ballots ballots;
} guest;

static void forget_task(guest *state) {
    mien_guest_table_clear(&state->table);
    mien_ballots_clear(&state->ballots);
    free(state->columns);
    free(state->logits);
    free(state->shares);
    state->columns = NULL;
    state->logits = NULL;
    state->shares = NULL;
}

static void unload(guest *state) {
    forget_task(state);
    mien_answerer_free(state->model);
    state->model = NULL;
}

static const mien_input_spec **list_rules(const mien_answerer *model) {
    const mien_input_spec **const rules =
        (const mien_input_spec **)calloc(mien_answerer_rules(model), sizeof *rules);
    if (rules) {
        mien_answerer_list_rules(model, rules);
    }
    return rules;
}

// --- Loading -------------------------------------------------------------------------------------

static bool is_ensemble(const mien_answerer *model) {
    return mien_answerer_manifest(model)->kind == MIEN_KIND_ENSEMBLE;
}

/// Names of classes, then of members. free() it; NULL when memory is out.
static char *write_names(const mien_answerer *model, size_t *size) {
    char *text = NULL;
    FILE *const file = open_memstream(&text, size);
    for (size_t i = 0; file && i < mien_answerer_classes(model); i++) {
        mien_line_write_text(file, mien_answerer_class(model, i));
    }
    for (size_t i = 0; file && is_ensemble(model) && i < mien_answerer_members(model); i++) {
        mien_line_write_text(file, mien_answerer_member_name(model, i));
    }
    if (file && fclose(file) == 0) {
        return text;
    }
    free(text);
    return NULL;
}

/// Replies by itself, since more follows.
static bool load(guest *state, const mien_guest_question *question) {
    mien_guest_reply reply = {.error = MIEN_ERROR_INIT};
    char *names = NULL;
    unload(state);
    mien_status status = mien_answerer_load(state->invited->registry, state->invited->name,
                                            &question->how, &state->model, &reply.error);
    if (status == MIEN_OK) {
        names = write_names(state->model, &reply.text_size);
        status = names ? MIEN_OK : mien_fail_memory(&reply.error, "a list of classes");
    }
    reply.error.status = status;
    if (status == MIEN_OK) {
        reply.rules = mien_answerer_rules(state->model);
        reply.classes = mien_answerer_classes(state->model);
        reply.members = is_ensemble(state->model) ? mien_answerer_members(state->model) : 0;
    }
    bool good = mien_line_send(state->line, &reply, sizeof reply);
    for (size_t i = 0; i < reply.rules && good; i++) {
        good = mien_line_send(state->line, mien_answerer_rule(state->model, i),
                              sizeof(mien_input_spec));
    }
    good = good && (!names || mien_line_send(state->line, names, reply.text_size));
    free(names);
    return good;
}

// --- Answers -------------------------------------------------------------------------------------

static mien_status make_room(guest *state, mien_error *error) {
    const mien_guest_task *task = &state->task;
    const mien_input_spec **const rules = list_rules(state->model);
    state->logits =
        calloc(task->batch, mien_answerer_classes(state->model) * sizeof *state->logits);
    state->shares = calloc(task->classes, sizeof *state->shares);
    mien_status status = rules && state->logits && state->shares
                             ? MIEN_OK
                             : mien_fail_memory(error, "a batch of pictures");
    if (status == MIEN_OK) {
        status = mien_guest_table_lay(&state->table, rules, mien_answerer_rules(state->model),
                                      mien_answerer_members(state->model), task, false, error);
    }
    if (status == MIEN_OK && task->members) {
        status = mien_ballots_create(state->model, state->columns, task->classes, task->batch,
                                     &state->ballots, error);
    }
    free((void *)rules);
    return status;
}

static mien_status prepare(guest *state, const mien_guest_question *question, mien_error *error) {
    forget_task(state);
    state->task = question->task;
    state->columns = calloc(state->task.classes, sizeof *state->columns);
    if (!state->columns) {
        return mien_fail_memory(error, "a batch of pictures");
    }
    return mien_line_receive(state->line, state->columns,
                             state->task.classes * sizeof *state->columns)
               ? make_room(state, error)
               : mien_fail(error, MIEN_INTERNAL, "the classes that count did not come");
}

/// Adds to the batch's probabilities `part` of what the model answers: restricted to the classes
/// that count, and scaled to sum to `part`.
static void add_shares(guest *state, size_t pictures, double part) {
    const size_t classes = state->task.classes, all = mien_answerer_classes(state->model);
    for (size_t i = 0; i < pictures; i++) {
        mien_probabilities_among(state->logits + i * all, state->columns, classes, state->shares);
        for (size_t k = 0; k < classes; k++) {
            state->table.shares[i * classes + k] += part * state->shares[k];
        }
    }
}

static mien_status ask(guest *state, size_t pictures, double part, double *seconds,
                       mien_error *error) {
    const float *const *inputs = mien_batch_inputs(&state->table.inputs);
    const double before = mien_seconds();
    mien_status status =
        state->task.members
            ? mien_ballots_run(&state->ballots, inputs, pictures, state->logits, error)
            : mien_answerer_run(state->model, inputs, pictures, state->logits, error);
    *seconds += mien_seconds() - before;
    if (status == MIEN_OK) {
        add_shares(state, pictures, part);
        if (state->task.members) {
            mien_ballots_add(&state->ballots, pictures, part);
        }
    }
    return status;
}

static void hand_out_ballots(guest *state, size_t pictures) {
    const size_t numbers = pictures * mien_answerer_members(state->model) * state->task.classes;
    memcpy(state->table.alone, state->ballots.alone, numbers * sizeof *state->table.alone);
    memcpy(state->table.rest, state->ballots.rest, numbers * sizeof *state->table.rest);
}

static mien_status answer(guest *state, size_t pictures, mien_guest_reply *reply) {
    const bool flip = state->task.flip;
    memset(state->table.shares, 0, pictures * state->task.classes * sizeof *state->table.shares);
    if (state->task.members) {
        mien_ballots_begin(&state->ballots, pictures);
    }
    mien_status status = ask(state, pictures, flip ? 0.5 : 1, &reply->seconds, &reply->error);
    if (status == MIEN_OK && flip) {
        mien_batch_mirror(&state->table.inputs, pictures);
        status = ask(state, pictures, 0.5, &reply->seconds, &reply->error);
    }
    if (status == MIEN_OK && state->task.members) {
        hand_out_ballots(state, pictures);
    }
    return status;
}

// --- Questions -----------------------------------------------------------------------------------

/// Replies by itself, since more follows.
static bool time_runs(guest *state, const mien_guest_question *question) {
    mien_guest_reply reply = {.error = MIEN_ERROR_INIT};
    mien_timing timing = {0};
    reply.error.status = mien_time_model(state->model, &state->table.inputs, 1, question->seconds,
                                         &timing, &reply.error);
    reply.count = timing.count;
    bool good = mien_line_send(state->line, &reply, sizeof reply);
    good = good && mien_line_send(state->line, timing.milliseconds,
                                  timing.count * sizeof *timing.milliseconds);
    free(timing.milliseconds);
    return good;
}

static bool reply_to(guest *state, const mien_guest_question *question) {
    mien_guest_reply reply = {.error = MIEN_ERROR_INIT};
    mien_status status = MIEN_OK;
    switch (question->verb) {
    case MIEN_GUEST_LOAD:
        return load(state, question);
    case MIEN_GUEST_TIME:
        return time_runs(state, question);
    case MIEN_GUEST_PREPARE:
        status = prepare(state, question, &reply.error);
        break;
    case MIEN_GUEST_ANSWER:
        status = answer(state, question->pictures, &reply);
        break;
    case MIEN_GUEST_MEASURE:
        reply.size = mien_answerer_measure(state->model);
        break;
    case MIEN_GUEST_CLOSE:
        unload(state);
        break;
    }
    reply.error.status = status;
    return mien_line_send(state->line, &reply, sizeof reply) && question->verb != MIEN_GUEST_CLOSE;
}

void mien_guest_serve(void *context, int line) {
    const mien_guest_invitation *const invited = context;
    guest state = {.invited = invited, .line = line, .table = {.file = invited->file}};
    mien_guest_question question;
    while (mien_line_receive(line, &question, sizeof question) && reply_to(&state, &question)) {
    }
}
