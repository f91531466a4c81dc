// SPDX-License-Identifier: Apache-2.0
/// @file
/// Explanations of an ensemble: its own answer, and where its members look.
///
/// Each member's map is scaled to its own peak, for peaks of different networks do not compare, and
/// laid over the whole picture; the ensemble's map is their mean, weighted as the members are in
/// its manifest. So 1 means that all look hardest at the same place. How the members' answers are
/// put together plays no part.
#ifndef MIEN_HOST_EXPLAIN_ENSEMBLE_H
#define MIEN_HOST_EXPLAIN_ENSEMBLE_H

#include "host/answerer.h"
#include "host/explain/explain.h"

typedef struct mien_ensemble_explainer mien_ensemble_explainer;

/// An input rule that sees what an ensemble's map covers: the whole picture.
extern const mien_input_spec mien_ensemble_view;

/// Prepares an explainer for each member. The ensemble must outlive it. Free with
/// mien_ensemble_explainer_free(). Errors: mien_explainer_create()'s, with the member's name in
/// front. [any thread]
MIEN_MUST_CHECK mien_status mien_ensemble_explainer_create(mien_answerer *ensemble,
                                                           const mien_explain_options *options,
                                                           mien_ensemble_explainer **explainer,
                                                           mien_error *error);
/// NULL is allowed.
void mien_ensemble_explainer_free(mien_ensemble_explainer *explainer);

/// Explains a class of the ensemble, or MIEN_PREDICTED_CLASS, of a picture of that width and
/// height, prepared by mien_batch_prepare(). The map is as high and as wide as the finest of the
/// members'. `explanation` is the caller's to clear. Errors: the members', with their names in
/// front, MIEN_CANCELLED, MIEN_OUT_OF_MEMORY. [one thread at a time per explainer, and none runs
/// its ensemble meanwhile]
MIEN_MUST_CHECK mien_status mien_ensemble_explainer_run(mien_ensemble_explainer *explainer,
                                                        const mien_batch *input, uint32_t width,
                                                        uint32_t height, uint32_t class_index,
                                                        mien_explanation *explanation,
                                                        mien_error *error);

/// The same of maps that keep what is negative, each scaled to its largest value of either sign; as
/// mien_explainer_run_signed().
MIEN_MUST_CHECK mien_status mien_ensemble_explainer_run_signed(
    mien_ensemble_explainer *explainer, const mien_batch *input, uint32_t width, uint32_t height,
    uint32_t class_index, mien_explanation *explanation, mien_error *error);

#endif
