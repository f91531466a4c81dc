// SPDX-License-Identifier: Apache-2.0
// Which pictures are fitted to, and what the members say of them.
#include "host/cli/evaluation_run.h"
#include "host/cli/fitting.h"
#include "host/cli/walk.h"

#include <stdlib.h>
#include <string.h>

// --- Which pictures ------------------------------------------------------------------------------

static mien_status note_readable(void *context, const mien_loader_item *item, mien_error *error) {
    (void)error;
    ((bool *)context)[item->index] = true;
    return MIEN_OK;
}

/// Keeps the items that are marked.
static void keep(mien_index *index, const bool *marks) {
    size_t kept = 0;
    for (size_t i = 0; i < index->count; i++) {
        if (marks[i]) {
            index->items[kept++] = index->items[i];
        }
    }
    index->count = kept;
}

/// Training cuts off a part of what it can read, so that has to be known first.
static mien_status cut(mien_fitting *fitting, mien_error *error) {
    mien_index *const index = &fitting->index;
    bool *const marks = calloc(index->count + 1, sizeof *marks);
    const mien_walk walk = {
        .command = "fit", .index = index, .take = note_readable, .context = marks};
    mien_status status = marks ? mien_walk_run(&walk, &fitting->unreadable, error)
                               : mien_fail_memory(error, "a list of pictures");
    if (status == MIEN_OK) {
        keep(index, marks);
        status = mien_labelled_split(index->items, index->count, fitting->options->validation,
                                     (uint64_t)fitting->options->seed, marks, error);
    }
    if (status == MIEN_OK) {
        keep(index, marks);
    }
    free(marks);
    return status;
}

static mien_status read_index(const mien_evaluation *found, mien_fitting *fitting,
                              mien_error *error) {
    const size_t count = mien_answerer_classes(fitting->answerer);
    const char **const classes = (const char **)calloc(count, sizeof *classes);
    if (!classes) {
        return mien_fail_memory(error, "a list of classes");
    }
    for (size_t i = 0; i < count; i++) {
        classes[i] = mien_answerer_class(fitting->answerer, i);
    }
    mien_status status = mien_index_read(found->folder, classes, count,
                                         found->manifest ? &found->manifest->dataset.rename : NULL,
                                         &fitting->index, error);
    free((void *)classes);
    return status;
}

mien_status mien_fitting_list(mien_registry *registry, mien_fitting *fitting, mien_error *error) {
    const mien_evaluation_options how = {.split = fitting->options->split, .batch = 1};
    mien_evaluation found = mien_evaluation_begin("fit", fitting->dataset, &how);
    mien_status status = mien_evaluation_find(&found, registry, error);
    if (status == MIEN_OK) {
        status = read_index(&found, fitting, error);
    }
    mien_evaluation_clear(&found);
    return status == MIEN_OK && fitting->options->validation > 0 ? cut(fitting, error) : status;
}

// --- What the members say ------------------------------------------------------------------------

typedef struct {
    mien_fitting *fitting;
    mien_batch inputs;
    size_t pending;    ///< pictures whose inputs stand in the batch
    uint64_t *digests; ///< by the index's pictures
    float *ballots;
    uint32_t *labels;
} asker;

static mien_status run_batch(asker *state, mien_error *error) {
    mien_fitting *const fitting = state->fitting;
    mien_fit_sample *const sample = &fitting->sample;
    const size_t row = sample->members * sample->classes, pending = state->pending;
    state->pending = 0;
    if (pending == 0) {
        return MIEN_OK;
    }
    return mien_answerer_ask(fitting->answerer, mien_batch_inputs(&state->inputs), pending,
                             state->ballots + (sample->pictures - pending) * row, error);
}

static mien_status take_picture(void *context, const mien_loader_item *item, mien_error *error) {
    asker *const state = context;
    mien_fitting *const fitting = state->fitting;
    const size_t at = fitting->sample.pictures++;
    state->labels[at] = fitting->index.items[item->index].label;
    fitting->digests[at] = state->digests[item->index];
    mien_batch_put(&state->inputs, state->pending++, item->inputs);
    return state->pending == (size_t)fitting->options->batch ? run_batch(state, error) : MIEN_OK;
}

/// [any thread]
static mien_status digest(void *context, size_t index, mien_image *image, mien_error *error) {
    const asker *const state = context;
    return mien_picture_digest(image, &state->digests[index], error);
}

static mien_status make_room(asker *state, mien_error *error) {
    mien_fitting *const fitting = state->fitting;
    mien_fit_sample *const sample = &fitting->sample;
    const size_t count = fitting->index.count;
    size_t numbers;
    sample->members = mien_answerer_members(fitting->answerer);
    sample->classes = mien_answerer_classes(fitting->answerer);
    if (__builtin_mul_overflow(count, sample->members * sample->classes, &numbers)) {
        return mien_fail_memory(error, "the members' answers");
    }
    sample->ballots = state->ballots = calloc(numbers + 1, sizeof *state->ballots);
    sample->labels = state->labels = calloc(count + 1, sizeof *state->labels);
    state->digests = calloc(count + 1, sizeof *state->digests);
    fitting->digests = calloc(count + 1, sizeof *fitting->digests);
    return state->ballots && state->labels && state->digests && fitting->digests
               ? mien_batch_create(fitting->answerer, (size_t)fitting->options->batch,
                                   &state->inputs, error)
               : mien_fail_memory(error, "the members' answers");
}

static mien_status ask(asker *state, mien_error *error) {
    mien_fitting *const fitting = state->fitting;
    const size_t rules = mien_answerer_rules(fitting->answerer);
    const mien_input_spec **const specs = (const mien_input_spec **)calloc(rules, sizeof *specs);
    if (!specs) {
        return mien_fail_memory(error, "input rules");
    }
    mien_answerer_list_rules(fitting->answerer, specs);
    const mien_walk walk = {
        .command = "fit",
        .index = &fitting->index,
        .loader = {.inputs = specs, .input_count = rules, .alter = digest, .context = state},
        .take = take_picture,
        .context = state};
    mien_status status = mien_walk_run(&walk, &fitting->unreadable, error);
    if (status == MIEN_OK) {
        status = run_batch(state, error);
    }
    free((void *)specs);
    return status;
}

mien_status mien_fitting_ask(mien_fitting *fitting, mien_error *error) {
    asker state = {.fitting = fitting};
    mien_status status = make_room(&state, error);
    if (status == MIEN_OK) {
        status = ask(&state, error);
    }
    mien_batch_clear(&state.inputs);
    free(state.digests);
    if (status == MIEN_OK && fitting->sample.pictures == 0) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: none of its pictures can be used",
                           fitting->dataset);
    }
    return status;
}
