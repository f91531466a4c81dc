// SPDX-License-Identifier: Apache-2.0
/// @file
/// Pictures that models answer differently, the most confident contradictions first.
#ifndef MIEN_HOST_STATISTICS_DISAGREEMENT_H
#define MIEN_HOST_STATISTICS_DISAGREEMENT_H

#include "host/evaluation/scores.h"

/// A model's answer to a picture, both by index.
typedef mien_answer (*mien_answer_source)(const void *context, size_t model, size_t picture);

typedef struct mien_disagreement {
    size_t picture;
    double confidence; ///< both of two models that contradict each other are at least as sure
} mien_disagreement;

/// How surely the models contradict each other on a picture: of all two that name different
/// classes, the confidence of the less confident, where that is largest. Below 0 where all agree.
/// [any thread]
double mien_disagreement_confidence(mien_answer_source source, const void *context, size_t models,
                                    size_t picture);

/// Finds the pictures on which not all models agree: `*found` of them, in `*list`, the most
/// confident first, of equal ones the earlier. free() the list. Errors: MIEN_OUT_OF_MEMORY.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_disagreements_find(mien_answer_source source, const void *context,
                                                    size_t models, size_t pictures,
                                                    mien_disagreement **list, size_t *found,
                                                    mien_error *error);

#endif
