// SPDX-License-Identifier: Apache-2.0
/// @file
/// An answerer from inside: voters, their rules, and how they are combined.
#ifndef MIEN_HOST_ANSWERER_INTERNAL_H
#define MIEN_HOST_ANSWERER_INTERNAL_H

#include "host/answerer.h"
#include "host/answerer/combine.h"

typedef struct mien_voter {
    mien_model *model;
    size_t place;    ///< in the manifest's list of members
    size_t rule;     ///< index of its input rule
    size_t *columns; ///< of an ensemble: where each of its classes stands among the model's
    float *logits;   ///< of a batch
} mien_voter;

struct mien_answerer {
    mien_manifest *manifest; ///< the ensemble's; NULL for a model, which has its own
    mien_voter *voters;      ///< by name
    size_t count;
    mien_input_spec *rules; ///< the different ones
    size_t rule_count;
    const mien_manifest_texts *classes;
    mien_combination combination; ///< of an ensemble
    double *numbers;              ///< what the vote points to, and scratch
    double *scratch;              ///< 2 × classes, in `numbers`
    struct mien_abreast *abreast; ///< members that run at the same time; NULL: none do
    float *ballots;
    size_t room; ///< pictures that the buffers hold
};

/// Loads the members of answerer->manifest; what there is after a failure is
/// mien_answerer_free()'s.
MIEN_MUST_CHECK mien_status mien_answerer_assemble(mien_registry *registry,
                                                   const mien_model_options *options,
                                                   mien_answerer *answerer, mien_error *error);

#endif
