// SPDX-License-Identifier: Apache-2.0
#include "host/explain/ensemble.h"

#include "host/explain/view.h"
#include "host/probabilities.h"

#include <math.h>
#include <stdlib.h>

struct mien_ensemble_explainer {
    mien_answerer *ensemble;
    mien_explainer **members;
    mien_explanation *maps; ///< of the picture at hand
    size_t count;
    float *logits;
    double *probabilities;
    bool is_signed; ///< members' maps keep what is negative
};

const mien_input_spec mien_ensemble_view = {.size = sizeof mien_ensemble_view,
                                            .height = 1,
                                            .width = 1,
                                            .channels = 3,
                                            .resize = MIEN_RESIZE_STRETCH,
                                            .std = {1, 1, 1}};

/// Says which member it was.
static mien_status blame(const mien_ensemble_explainer *explainer, size_t member,
                         mien_status status, mien_error *error) {
    return status == MIEN_OK || status == MIEN_CANCELLED
               ? status
               : mien_error_context(error, status, "%s: member \"%s\"",
                                    mien_answerer_manifest(explainer->ensemble)->name.text,
                                    mien_answerer_member_name(explainer->ensemble, member));
}

static mien_status create(mien_ensemble_explainer *made, const mien_explain_options *options,
                          mien_error *error) {
    const size_t classes = mien_answerer_classes(made->ensemble);
    made->members = (mien_explainer **)calloc(made->count, sizeof *made->members);
    made->maps = calloc(made->count, sizeof *made->maps);
    made->logits = calloc(classes, sizeof *made->logits);
    made->probabilities = calloc(classes, sizeof *made->probabilities);
    if (!made->members || !made->maps || !made->logits || !made->probabilities) {
        return mien_fail_memory(error, "an ensemble's explanation");
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < made->count && status == MIEN_OK; i++) {
        status = mien_explainer_create(mien_answerer_member(made->ensemble, i), options,
                                       &made->members[i], error);
        status = blame(made, i, status, error);
    }
    return status;
}

mien_status mien_ensemble_explainer_create(mien_answerer *ensemble,
                                           const mien_explain_options *options,
                                           mien_ensemble_explainer **explainer, mien_error *error) {
    mien_ensemble_explainer *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "an ensemble's explanation");
    }
    made->ensemble = ensemble;
    made->count = mien_answerer_members(ensemble);
    mien_status status = create(made, options, error);
    if (status != MIEN_OK) {
        mien_ensemble_explainer_free(made);
        return status;
    }
    *explainer = made;
    return MIEN_OK;
}

void mien_ensemble_explainer_free(mien_ensemble_explainer *explainer) {
    if (!explainer) {
        return;
    }
    for (size_t i = 0; explainer->members && i < explainer->count; i++) {
        mien_explainer_free(explainer->members[i]);
    }
    free((void *)explainer->members);
    free(explainer->maps);
    free(explainer->logits);
    free(explainer->probabilities);
    free(explainer);
}

static double weight_of(const mien_ensemble_explainer *explainer, size_t member) {
    const size_t place = mien_answerer_place(explainer->ensemble, member);
    return mien_answerer_manifest(explainer->ensemble)->ensemble.members[place].weight;
}

static mien_status answer(mien_ensemble_explainer *explainer, const mien_batch *input,
                          uint32_t class_index, mien_explanation *explanation, mien_error *error) {
    const size_t classes = mien_answerer_classes(explainer->ensemble);
    mien_status status = mien_answerer_run(explainer->ensemble, mien_batch_inputs(input), 1,
                                           explainer->logits, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_probabilities(explainer->logits, classes, explainer->probabilities);
    const size_t seen = class_index == MIEN_PREDICTED_CLASS
                            ? mien_top_value(explainer->logits, classes)
                            : class_index;
    explanation->class_index = (uint32_t)seen;
    explanation->logit = explainer->logits[seen];
    explanation->probability = explainer->probabilities[seen];
    return MIEN_OK;
}

static mien_status ask_members(mien_ensemble_explainer *explainer, const mien_batch *input,
                               mien_explanation *explanation, mien_error *error) {
    const mien_answerer *const ensemble = explainer->ensemble;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < explainer->count && status == MIEN_OK; i++) {
        const size_t own = mien_answerer_class_of(ensemble, i, explanation->class_index);
        mien_explanation *const map = &explainer->maps[i];
        const float *const seen = mien_batch_inputs(input)[mien_answerer_rule_of(ensemble, i)];
        mien_explainer *const member = explainer->members[i];
        status = explainer->is_signed
                     ? mien_explainer_run_signed(member, seen, (uint32_t)own, map, error)
                     : mien_explainer_run(member, seen, (uint32_t)own, map, error);
        status = blame(explainer, i, status, error);
        if (status == MIEN_OK) {
            explanation->finite = explanation->finite && map->finite;
            explanation->height =
                map->height > explanation->height ? map->height : explanation->height;
            explanation->width = map->width > explanation->width ? map->width : explanation->width;
        }
    }
    return status;
}

/// A member's part of the mean. What it does not see of the picture says nothing, like a map that
/// is empty.
static void add_map(const mien_ensemble_explainer *explainer, size_t member, double share,
                    uint32_t width, uint32_t height, mien_explanation *explanation) {
    const mien_explanation *const map = &explainer->maps[member];
    const mien_view view = mien_view_of(
        mien_model_input(mien_answerer_member(explainer->ensemble, member)), width, height);
    for (size_t p = 0; p < (size_t)explanation->height * explanation->width && map->peak > 0; p++) {
        const double x = ((double)(p % explanation->width) + 0.5) * width / explanation->width;
        const double y = ((double)(p / explanation->width) + 0.5) * height / explanation->height;
        if (mien_view_covers(&view, x, y)) {
            const double value = (double)mien_view_sample(&view, map, x, y);
            explanation->values[p] += (float)(share * value / (double)map->peak);
        }
    }
}

static mien_status draw_together(const mien_ensemble_explainer *explainer, uint32_t width,
                                 uint32_t height, mien_explanation *explanation,
                                 mien_error *error) {
    const size_t pixels = (size_t)explanation->height * explanation->width;
    double total = 0;
    for (size_t i = 0; i < explainer->count; i++) {
        total += weight_of(explainer, i);
    }
    explanation->values = calloc(pixels, sizeof *explanation->values);
    if (!explanation->values) {
        return mien_fail_memory(error, "a map");
    }
    for (size_t p = 0; p < pixels && !explanation->finite; p++) {
        explanation->values[p] = NAN; // as its member's
    }
    if (!explanation->finite) {
        return MIEN_OK;
    }
    for (size_t i = 0; i < explainer->count; i++) {
        add_map(explainer, i, weight_of(explainer, i) / total, width, height, explanation);
    }
    explanation->peak = explanation->values[mien_explanation_peak(explanation)];
    return MIEN_OK;
}

static mien_status run(mien_ensemble_explainer *explainer, const mien_batch *input, uint32_t width,
                       uint32_t height, uint32_t class_index, mien_explanation *explanation,
                       mien_error *error) {
    const size_t classes = mien_answerer_classes(explainer->ensemble);
    if (class_index != MIEN_PREDICTED_CLASS && class_index >= classes) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "class %u of %zu; it must be below that",
                         class_index, classes);
    }
    mien_explanation made = {.finite = true};
    mien_status status = answer(explainer, input, class_index, &made, error);
    if (status == MIEN_OK) {
        status = ask_members(explainer, input, &made, error);
    }
    if (status == MIEN_OK) {
        status = draw_together(explainer, width, height, &made, error);
    }
    for (size_t i = 0; i < explainer->count; i++) {
        mien_explanation_clear(&explainer->maps[i]);
    }
    if (status != MIEN_OK) {
        mien_explanation_clear(&made);
        return status;
    }
    *explanation = made;
    return MIEN_OK;
}

mien_status mien_ensemble_explainer_run(mien_ensemble_explainer *explainer, const mien_batch *input,
                                        uint32_t width, uint32_t height, uint32_t class_index,
                                        mien_explanation *explanation, mien_error *error) {
    explainer->is_signed = false;
    return run(explainer, input, width, height, class_index, explanation, error);
}

mien_status mien_ensemble_explainer_run_signed(mien_ensemble_explainer *explainer,
                                               const mien_batch *input, uint32_t width,
                                               uint32_t height, uint32_t class_index,
                                               mien_explanation *explanation, mien_error *error) {
    explainer->is_signed = true;
    return run(explainer, input, width, height, class_index, explanation, error);
}
