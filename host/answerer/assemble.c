// SPDX-License-Identifier: Apache-2.0
// An ensemble put together: members loaded, classes aligned by name, equal input rules found.
#include "host/answerer/internal.h"
#include "host/loader.h"
#include "host/paths.h"

#include <stdlib.h>
#include <string.h>

static const mien_ensemble_member *member_of(const mien_answerer *answerer,
                                             const mien_voter *voter) {
    return &answerer->manifest->ensemble.members[voter->place];
}

/// Adding up in the order of names makes the manifest's order mean nothing, to the last bit.
static void sort_voters(mien_answerer *answerer) {
    for (size_t i = 1; i < answerer->count; i++) {
        const mien_voter held = answerer->voters[i];
        size_t at = i;
        while (at > 0 && strcmp(member_of(answerer, &answerer->voters[at - 1])->model.text,
                                member_of(answerer, &held)->model.text) > 0) {
            answerer->voters[at] = answerer->voters[at - 1];
            at--;
        }
        answerer->voters[at] = held;
    }
}

/// A name and a path may be one model's.
static mien_status check_different(const mien_answerer *answerer, const mien_voter *voter,
                                   const mien_manifest *manifest, mien_error *error) {
    for (const mien_voter *each = answerer->voters; each < voter; each++) {
        if (mien_paths_same(mien_model_manifest_of(each->model)->path, manifest->path)) {
            const bool in_order = each->place < voter->place;
            const mien_manifest_text one = member_of(answerer, in_order ? each : voter)->model;
            const mien_manifest_text other = member_of(answerer, in_order ? voter : each)->model;
            return mien_manifest_fail(answerer->manifest, other.at, error, MIEN_BAD_INPUT,
                                      "members \"%s\" and \"%s\" are one model; raise its weight "
                                      "instead",
                                      one.text, other.text);
        }
    }
    return MIEN_OK;
}

static mien_status load_voter(mien_registry *registry, const mien_model_options *options,
                              mien_answerer *answerer, mien_voter *voter, mien_error *error) {
    const mien_manifest_text name = member_of(answerer, voter)->model;
    mien_manifest *manifest = NULL;
    mien_status status =
        mien_registry_member(registry, answerer->manifest, voter->place, &manifest, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = check_different(answerer, voter, manifest, error);
    if (status != MIEN_OK) {
        mien_manifest_free(manifest);
        return status;
    }
    status = mien_model_load_manifest(registry, manifest, options, &voter->model, error);
    if (status != MIEN_OK) {
        status = mien_error_context(error, status, "member \"%s\"", name.text);
        return mien_manifest_locate(answerer->manifest, name.at, status, error);
    }
    return MIEN_OK;
}

/// `classes:`, or what the members have where all have the same.
static mien_status choose_classes(mien_answerer *answerer, mien_error *error) {
    const mien_manifest *const manifest = answerer->manifest;
    if (manifest->ensemble.classes.count) {
        answerer->classes = &manifest->ensemble.classes;
        return MIEN_OK;
    }
    answerer->classes = &mien_model_manifest_of(answerer->voters[0].model)->model.classes;
    for (size_t i = 1; i < answerer->count; i++) {
        const mien_voter *const each = &answerer->voters[i];
        const mien_manifest_texts *const own = &mien_model_manifest_of(each->model)->model.classes;
        for (size_t k = 0; k < own->count; k++) {
            if (mien_manifest_texts_find(answerer->classes, own->items[k].text) ==
                answerer->classes->count) {
                return mien_manifest_fail(
                    manifest, member_of(answerer, each)->model.at, error, MIEN_BAD_INPUT,
                    "member \"%s\" has the class \"%s\", which member \"%s\" lacks; add classes: "
                    "with those that all members have",
                    member_of(answerer, each)->model.text, own->items[k].text,
                    member_of(answerer, &answerer->voters[0])->model.text);
            }
        }
    }
    return MIEN_OK;
}

static mien_status place_classes(mien_answerer *answerer, mien_voter *voter, mien_error *error) {
    const mien_manifest_texts *const own = &mien_model_manifest_of(voter->model)->model.classes;
    voter->columns = calloc(answerer->classes->count, sizeof *voter->columns);
    if (!voter->columns) {
        return mien_fail_memory(error, "an ensemble's classes");
    }
    for (size_t k = 0; k < answerer->classes->count; k++) {
        const char *const name = answerer->classes->items[k].text;
        voter->columns[k] = mien_manifest_texts_find(own, name);
        if (voter->columns[k] == own->count) {
            return mien_manifest_fail(answerer->manifest, member_of(answerer, voter)->model.at,
                                      error, MIEN_BAD_INPUT,
                                      "member \"%s\" lacks the class \"%s\"; leave it out of "
                                      "classes:, or the member out of members:",
                                      member_of(answerer, voter)->model.text, name);
        }
    }
    return MIEN_OK;
}

static void place_rule(mien_answerer *answerer, mien_voter *voter) {
    const mien_input_spec *const own = mien_model_input(voter->model);
    while (voter->rule < answerer->rule_count &&
           !mien_input_rules_equal(&answerer->rules[voter->rule], own)) {
        voter->rule++;
    }
    if (voter->rule == answerer->rule_count) {
        answerer->rules[answerer->rule_count++] = *own;
    }
}

// --- The vote's numbers --------------------------------------------------------------------------

static mien_status check_count(const mien_manifest *manifest, const mien_manifest_numbers *numbers,
                               const char *what, const char *whose, mien_position at,
                               size_t expected, mien_error *error) {
    if (numbers->count == expected) {
        return MIEN_OK;
    }
    return mien_manifest_fail(manifest, numbers->count ? numbers->at : at, error, MIEN_BAD_INPUT,
                              "%s of %s has %zu numbers; rule: stack needs %zu here", what, whose,
                              numbers->count, expected);
}

static mien_status copy_coefficients(mien_answerer *answerer, double *to, mien_error *error) {
    const mien_manifest *const manifest = answerer->manifest;
    const size_t classes = answerer->classes->count;
    mien_status status = check_count(manifest, &manifest->ensemble.intercept, "intercept",
                                     manifest->name.text, manifest->name.at, classes, error);
    for (size_t i = 0; i < answerer->count && status == MIEN_OK; i++) {
        const mien_ensemble_member *const each = member_of(answerer, &answerer->voters[i]);
        status = check_count(manifest, &each->coefficients, "coefficients", each->model.text,
                             each->model.at, classes * classes, error);
        if (status == MIEN_OK) {
            memcpy(to + i * classes * classes, each->coefficients.items,
                   classes * classes * sizeof *to);
        }
    }
    return status;
}

static mien_status prepare_vote(mien_answerer *answerer, mien_error *error) {
    const mien_ensemble_manifest *const ensemble = &answerer->manifest->ensemble;
    const size_t members = answerer->count, classes = answerer->classes->count;
    const bool stack = ensemble->rule == MIEN_ENSEMBLE_STACK;
    const size_t matrices = stack ? members * classes * classes : 0; // at most 64 × 1000²
    double *const numbers = calloc(2 * members + matrices + 2 * classes, sizeof *numbers);
    if (!numbers) {
        return mien_fail_memory(error, "an ensemble");
    }
    answerer->numbers = numbers;
    for (size_t i = 0; i < members; i++) {
        const mien_ensemble_member *const each = member_of(answerer, &answerer->voters[i]);
        numbers[i] = each->weight;
        numbers[members + i] = each->temperature;
    }
    answerer->scratch = numbers + 2 * members + matrices;
    answerer->combination = (mien_combination){.rule = ensemble->rule,
                                               .members = members,
                                               .classes = classes,
                                               .weights = numbers,
                                               .temperatures = numbers + members,
                                               .coefficients = numbers + 2 * members,
                                               .intercepts = ensemble->intercept.items};
    return stack ? copy_coefficients(answerer, numbers + 2 * members, error) : MIEN_OK;
}

static mien_status check_options(const mien_answerer *answerer, const mien_model_options *options,
                                 mien_error *error) {
    if (options && options->extra_output) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "%s is an ensemble, so it has no layer \"%.64s\"; its members have layers",
                         answerer->manifest->name.text, options->extra_output);
    }
    return MIEN_OK;
}

mien_status mien_answerer_assemble(mien_registry *registry, const mien_model_options *options,
                                   mien_answerer *answerer, mien_error *error) {
    const size_t count = answerer->manifest->ensemble.member_count;
    mien_status status = check_options(answerer, options, error);
    if (status != MIEN_OK) {
        return status;
    }
    answerer->voters = calloc(count, sizeof *answerer->voters);
    answerer->rules = calloc(count, sizeof *answerer->rules);
    if (!answerer->voters || !answerer->rules) {
        return mien_fail_memory(error, "an ensemble");
    }
    answerer->count = count;
    for (size_t i = 0; i < count; i++) {
        answerer->voters[i].place = i;
    }
    sort_voters(answerer);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        status = load_voter(registry, options, answerer, &answerer->voters[i], error);
    }
    status = status == MIEN_OK ? choose_classes(answerer, error) : status;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        status = place_classes(answerer, &answerer->voters[i], error);
        place_rule(answerer, &answerer->voters[i]);
    }
    return status == MIEN_OK ? prepare_vote(answerer, error) : status;
}
