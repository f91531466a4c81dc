// SPDX-License-Identifier: Apache-2.0
/// @file
/// Explanations of whatever answers: of a model, or of an ensemble.
#ifndef MIEN_HOST_EXPLAIN_EITHER_H
#define MIEN_HOST_EXPLAIN_EITHER_H

#include "host/explain/ensemble.h"

/// One of the two; without both, it explains nothing. Start with `= {0}`.
typedef struct mien_either_explainer {
    mien_explainer *model;
    mien_ensemble_explainer *ensemble;
} mien_either_explainer;

/// Prepares what suits the answerer, which must outlive it. Free with mien_either_clear(). Errors:
/// mien_explainer_create()'s, mien_ensemble_explainer_create()'s. [any thread]
MIEN_MUST_CHECK mien_status mien_either_create(mien_answerer *answerer,
                                               const mien_explain_options *options,
                                               mien_either_explainer *explainer, mien_error *error);
void mien_either_clear(mien_either_explainer *explainer);

/// As mien_ensemble_explainer_run(); a model's map has the extents that its method gives it, and
/// covers its input. [one thread at a time per explainer, and none runs its answerer meanwhile]
MIEN_MUST_CHECK mien_status mien_either_run(const mien_either_explainer *explainer,
                                            const mien_batch *input, uint32_t width,
                                            uint32_t height, uint32_t class_index,
                                            mien_explanation *explanation, mien_error *error);

/// As mien_explainer_run_signed().
MIEN_MUST_CHECK mien_status mien_either_run_signed(const mien_either_explainer *explainer,
                                                   const mien_batch *input, uint32_t width,
                                                   uint32_t height, uint32_t class_index,
                                                   mien_explanation *explanation,
                                                   mien_error *error);

/// What of a picture the answerer's maps cover; borrowed from it. [any thread]
const mien_input_spec *mien_either_view(const mien_answerer *answerer);

/// Lays a map of a picture of that width and height over what one of the answerer's rules makes of
/// it: `whole` has the rule's height and width. Where the rule pads, it is below all others.
/// [any thread]
void mien_either_lay(const mien_answerer *answerer, const mien_explanation *map, uint32_t width,
                     uint32_t height, size_t rule, float *whole);

#endif
