// SPDX-License-Identifier: Apache-2.0
/// @file
/// An ensemble's numbers, fitted to what its members say of labelled pictures: those that make the
/// labels likeliest, under a weak prior so that few pictures cannot carry them off.
///
/// What is minimised, over n pictures with label y, m members, p the member's probabilities at its
/// temperature:
///
/// - temperature, each member by itself: the sum of −ln p(y), plus (ln T)² / 2
/// - weights, not negative and summing to 1: the sum of −ln Σ w p(y), minus Σ ln w, as if each
///   member had been the right one to ask once more
/// - both: temperatures, then weights
/// - stack: the sum of −ln of the answer's y, plus penalty / 2 × the sum of squared coefficients;
///   the intercept is free. scikit-learn's LogisticRegression(C=1/penalty) minimises the same
///
/// All but the first are convex; that one is searched over from 1/50 to 50.
#ifndef MIEN_HOST_FIT_FIT_H
#define MIEN_HOST_FIT_FIT_H

#include "host/answerer/combine.h"
#include "host/evaluation/scores.h"

/// What the members said of each picture, and what it shows; borrowed.
typedef struct mien_fit_sample {
    size_t pictures, members, classes;
    const float *ballots; ///< pictures × members × classes: logits, as mien_answerer_ask() has them
    const uint32_t *labels; ///< below `classes`
} mien_fit_sample;

typedef struct mien_fit {
    mien_combination how; ///< points into `numbers`
    double *numbers;
} mien_fit;

/// Fits. Weights and temperatures that the method does not fit are `from`'s; stack takes the
/// members' temperatures as they are, and has no weights. Numbers are rounded to six digits, so
/// that what a manifest says is what was measured. Free with mien_fit_clear(). Errors:
/// MIEN_INVALID_ARGUMENT (no pictures), MIEN_UNSUPPORTED (more than 64 classes to stack: a manifest
/// cannot hold them), MIEN_INTERNAL (no minimum is found), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_fit_make(const mien_fit_sample *sample, mien_fit_method method,
                                          const mien_combination *from, double penalty,
                                          mien_fit *fit, mien_error *error);
/// Frees the numbers and zeroes the struct.
void mien_fit_clear(mien_fit *fit);

/// Counts in `scores` how `how` answers the sample's pictures. Errors: MIEN_OUT_OF_MEMORY.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_fit_score(const mien_fit_sample *sample,
                                           const mien_combination *how, mien_scores *scores,
                                           mien_error *error);

/// The pictures of a sample that are (`inside`) or are not those of a fold: `folds` has each
/// picture's. The arrays are the caller's to free() by mien_fit_sample_clear(). Errors:
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_fit_part(const mien_fit_sample *sample, const uint8_t *folds,
                                          uint8_t fold, bool inside, mien_fit_sample *part,
                                          mien_error *error);
void mien_fit_sample_clear(mien_fit_sample *part);

#endif
