// SPDX-License-Identifier: Apache-2.0
#include "host/explain/either.h"

#include "host/explain/grid.h"
#include "host/explain/view.h"

static bool is_ensemble(const mien_answerer *answerer) {
    return mien_answerer_manifest(answerer)->kind == MIEN_KIND_ENSEMBLE;
}

mien_status mien_either_create(mien_answerer *answerer, const mien_explain_options *options,
                               mien_either_explainer *explainer, mien_error *error) {
    return is_ensemble(answerer)
               ? mien_ensemble_explainer_create(answerer, options, &explainer->ensemble, error)
               : mien_explainer_create(mien_answerer_member(answerer, 0), options,
                                       &explainer->model, error);
}

void mien_either_clear(mien_either_explainer *explainer) {
    mien_explainer_free(explainer->model);
    mien_ensemble_explainer_free(explainer->ensemble);
    *explainer = (mien_either_explainer){0};
}

mien_status mien_either_run(const mien_either_explainer *explainer, const mien_batch *input,
                            uint32_t width, uint32_t height, uint32_t class_index,
                            mien_explanation *explanation, mien_error *error) {
    return explainer->ensemble
               ? mien_ensemble_explainer_run(explainer->ensemble, input, width, height, class_index,
                                             explanation, error)
               : mien_explainer_run(explainer->model, input->inputs[0], class_index, explanation,
                                    error);
}

mien_status mien_either_run_signed(const mien_either_explainer *explainer, const mien_batch *input,
                                   uint32_t width, uint32_t height, uint32_t class_index,
                                   mien_explanation *explanation, mien_error *error) {
    return explainer->ensemble
               ? mien_ensemble_explainer_run_signed(explainer->ensemble, input, width, height,
                                                    class_index, explanation, error)
               : mien_explainer_run_signed(explainer->model, input->inputs[0], class_index,
                                           explanation, error);
}

const mien_input_spec *mien_either_view(const mien_answerer *answerer) {
    return is_ensemble(answerer) ? &mien_ensemble_view : mien_answerer_rule(answerer, 0);
}

void mien_either_lay(const mien_answerer *answerer, const mien_explanation *map, uint32_t width,
                     uint32_t height, size_t rule, float *whole) {
    const mien_input_spec *spec = mien_answerer_rule(answerer, rule);
    if (!is_ensemble(answerer)) {
        mien_grid_resize(map->values, map->height, map->width, whole, spec->height, spec->width);
        return;
    }
    const mien_view covered = mien_view_of(&mien_ensemble_view, width, height);
    const mien_view seen = mien_view_of(spec, width, height);
    for (size_t p = 0; p < (size_t)spec->height * spec->width; p++) {
        const double x = ((double)(p % spec->width) + 0.5) * seen.width / spec->width;
        const double y = ((double)(p / spec->width) + 0.5) * seen.height / spec->height;
        whole[p] = mien_view_sample(&covered, map, seen.left + x, seen.top + y);
    }
}
