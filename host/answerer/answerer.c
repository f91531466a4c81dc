// SPDX-License-Identifier: Apache-2.0
#include "host/answerer/abreast.h"
#include "host/answerer/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// A model is an ensemble of one that keeps its own manifest, which is taken.
static mien_status load_model(mien_registry *registry, mien_manifest *manifest,
                              const mien_model_options *options, mien_answerer *answerer,
                              mien_error *error) {
    answerer->voters = calloc(1, sizeof *answerer->voters);
    answerer->rules = calloc(1, sizeof *answerer->rules);
    if (!answerer->voters || !answerer->rules) {
        mien_manifest_free(manifest);
        return mien_fail_memory(error, "a model");
    }
    answerer->count = 1;
    mien_status status =
        mien_model_load_manifest(registry, manifest, options, &answerer->voters[0].model, error);
    if (status != MIEN_OK) {
        return status;
    }
    answerer->rules[answerer->rule_count++] = *mien_model_input(answerer->voters[0].model);
    answerer->classes = &mien_model_manifest_of(answerer->voters[0].model)->model.classes;
    return MIEN_OK;
}

static mien_status load(mien_registry *registry, const char *name,
                        const mien_model_options *options, mien_answerer *answerer,
                        mien_error *error) {
    mien_manifest *manifest = NULL;
    mien_status status = mien_registry_manifest(registry, name, &manifest, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (manifest->kind != MIEN_KIND_ENSEMBLE) {
        return load_model(registry, manifest, options, answerer, error);
    }
    answerer->manifest = manifest;
    status = mien_answerer_assemble(registry, options, answerer, error);
    const bool layer_by_layer = options && options->threads > 1 && !options->by_picture;
    return status == MIEN_OK && layer_by_layer
               ? mien_abreast_create(answerer, options->threads, &answerer->abreast, error)
               : status;
}

mien_status mien_answerer_load(mien_registry *registry, const char *name,
                               const mien_model_options *options, mien_answerer **answerer,
                               mien_error *error) {
    mien_answerer *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a model");
    }
    mien_status status = load(registry, name, options, made, error);
    if (status != MIEN_OK) {
        mien_answerer_free(made);
        return status;
    }
    *answerer = made;
    return MIEN_OK;
}

void mien_answerer_free(mien_answerer *answerer) {
    if (!answerer) {
        return;
    }
    mien_abreast_free(answerer->abreast);
    for (size_t i = 0; i < answerer->count; i++) {
        mien_model_free(answerer->voters[i].model);
        free(answerer->voters[i].columns);
        free(answerer->voters[i].logits);
    }
    free(answerer->voters);
    free(answerer->rules);
    free(answerer->numbers);
    free(answerer->ballots);
    mien_manifest_free(answerer->manifest);
    free(answerer);
}

// --- Answers -------------------------------------------------------------------------------------

/// Makes room for a batch, which stays.
static mien_status make_room(mien_answerer *answerer, size_t batch, mien_error *error) {
    if (batch <= answerer->room) {
        return MIEN_OK;
    }
    for (size_t i = 0; i < answerer->count; i++) {
        mien_voter *const each = &answerer->voters[i];
        float *const logits =
            reallocarray(each->logits, batch, mien_model_classes(each->model) * sizeof *logits);
        if (!logits) {
            return mien_fail_memory(error, "a batch's answers");
        }
        each->logits = logits;
    }
    float *const ballots = reallocarray(
        answerer->ballots, batch, answerer->count * answerer->classes->count * sizeof *ballots);
    if (!ballots) {
        return mien_fail_memory(error, "a batch's answers");
    }
    answerer->ballots = ballots;
    answerer->room = batch;
    return MIEN_OK;
}

/// Restricts a member's logits to the answerer's classes, in its order.
static void sort_ballots(const mien_answerer *answerer, size_t member, size_t batch,
                         float *ballots) {
    const mien_voter *const each = &answerer->voters[member];
    const size_t classes = answerer->classes->count, all = mien_model_classes(each->model);
    for (size_t i = 0; i < batch; i++) {
        float *const ballot = ballots + (i * answerer->count + member) * classes;
        for (size_t k = 0; k < classes; k++) {
            ballot[k] = each->logits[i * all + each->columns[k]];
        }
    }
}

/// Each member has threads of its own; those of one must not wait busily while the next computes.
static void rest(const mien_model *model) {
    mien_context *const context = mien_model_context(model);
    if (context) {
        mien_context_rest(context);
    }
}

mien_status mien_answerer_ask(mien_answerer *answerer, const float *const *inputs, size_t batch,
                              float *ballots, mien_error *error) {
    if (!answerer->manifest) {
        return mien_model_run(answerer->voters[0].model, inputs[0], batch, ballots, error);
    }
    mien_status status = make_room(answerer, batch, error);
    // Threads that have a batch to share find enough to do in one member.
    const mien_abreast *const abreast = batch == 1 ? answerer->abreast : NULL;
    for (size_t i = 0; i < answerer->count && status == MIEN_OK; i++) {
        mien_voter *const each = &answerer->voters[i];
        if (!abreast || !mien_abreast_has(abreast, i)) {
            status = mien_model_run(each->model, inputs[each->rule], batch, each->logits, error);
            rest(each->model);
        }
    }
    if (status == MIEN_OK && abreast) {
        status = mien_abreast_run(answerer->abreast, inputs, error);
    }
    for (size_t i = 0; i < answerer->count && status == MIEN_OK; i++) {
        sort_ballots(answerer, i, batch, ballots);
    }
    return status;
}

mien_status mien_answerer_run(mien_answerer *answerer, const float *const *inputs, size_t batch,
                              float *logits, mien_error *error) {
    if (!answerer->manifest) {
        return mien_model_run(answerer->voters[0].model, inputs[0], batch, logits, error);
    }
    mien_status status = make_room(answerer, batch, error);
    if (status == MIEN_OK) {
        status = mien_answerer_ask(answerer, inputs, batch, answerer->ballots, error);
    }
    if (status == MIEN_OK) {
        mien_answerer_combine(answerer, answerer->ballots, batch, MIEN_ALL_VOTE, logits);
    }
    return status;
}

void mien_answerer_combine(mien_answerer *answerer, const float *ballots, size_t batch,
                           size_t without, float *logits) {
    const size_t classes = answerer->classes->count;
    if (!answerer->manifest) {
        memcpy(logits, ballots, batch * classes * sizeof *logits);
        return;
    }
    for (size_t i = 0; i < batch; i++) {
        mien_combine(&answerer->combination, without, ballots + i * answerer->count * classes,
                     answerer->scratch, logits + i * classes);
    }
}

// --- What it is made of --------------------------------------------------------------------------

const mien_manifest *mien_answerer_manifest(const mien_answerer *answerer) {
    return answerer->manifest ? answerer->manifest
                              : mien_model_manifest_of(answerer->voters[0].model);
}

size_t mien_answerer_rules(const mien_answerer *answerer) {
    return answerer->rule_count;
}

const mien_input_spec *mien_answerer_rule(const mien_answerer *answerer, size_t rule) {
    return &answerer->rules[rule];
}

void mien_answerer_list_rules(const mien_answerer *answerer, const mien_input_spec **rules) {
    for (size_t i = 0; i < answerer->rule_count; i++) {
        rules[i] = &answerer->rules[i];
    }
}

size_t mien_answerer_classes(const mien_answerer *answerer) {
    return answerer->classes->count;
}

const char *mien_answerer_class(const mien_answerer *answerer, size_t index) {
    return answerer->classes->items[index].text;
}

const mien_manifest_golden *mien_answerer_golden(const mien_answerer *answerer, size_t *count) {
    const mien_manifest *const manifest = mien_answerer_manifest(answerer);
    const bool ensemble = manifest->kind == MIEN_KIND_ENSEMBLE;
    *count = ensemble ? manifest->ensemble.golden_count : manifest->model.golden_count;
    return ensemble ? manifest->ensemble.golden : manifest->model.golden;
}

size_t mien_answerer_members(const mien_answerer *answerer) {
    return answerer->count;
}

const char *mien_answerer_member_name(const mien_answerer *answerer, size_t member) {
    const mien_voter *const voter = &answerer->voters[member];
    return answerer->manifest ? answerer->manifest->ensemble.members[voter->place].model.text
                              : mien_model_manifest_of(voter->model)->name.text;
}

mien_model *mien_answerer_member(const mien_answerer *answerer, size_t member) {
    return answerer->voters[member].model;
}

size_t mien_answerer_place(const mien_answerer *answerer, size_t member) {
    return answerer->voters[member].place;
}

const mien_combination *mien_answerer_combination(const mien_answerer *answerer) {
    return answerer->manifest ? &answerer->combination : NULL;
}

size_t mien_answerer_rule_of(const mien_answerer *answerer, size_t member) {
    return answerer->voters[member].rule;
}

size_t mien_answerer_class_of(const mien_answerer *answerer, size_t member, size_t index) {
    return answerer->manifest ? answerer->voters[member].columns[index] : index;
}

mien_answerer_size mien_answerer_measure(const mien_answerer *answerer) {
    mien_answerer_size size = {.has_graph = true};
    for (size_t i = 0; i < answerer->count; i++) {
        const mien_model *const model = answerer->voters[i].model;
        const mien_graph *const graph = mien_model_graph(model);
        const mien_cost cost = graph ? mien_graph_cost(graph) : (mien_cost){0};
        const char *const weights = mien_model_weights_path(model);
        struct stat about;
        size.has_graph = size.has_graph && graph;
        size.parameters += cost.parameters;
        size.multiply_adds += cost.multiply_adds;
        size.weights_bytes += weights && stat(weights, &about) == 0 ? (uint64_t)about.st_size : 0;
        if (mien_model_context(model)) {
            size.packed_bytes += mien_session_packed_bytes(mien_model_session(model));
            size.arena_bytes += mien_context_arena_bytes(mien_model_context(model));
        }
    }
    size.arena_bytes += answerer->abreast ? mien_abreast_arena_bytes(answerer->abreast) : 0;
    if (!size.has_graph) {
        size.parameters = size.multiply_adds = 0;
    }
    return size;
}
