// SPDX-License-Identifier: Apache-2.0
/// @file
/// How good a classifier's answers are: counted as they come, a few numbers kept of each picture.
///
/// docs/evaluation.md defines every figure and says where it comes from. Each is defined as
/// scikit-learn defines it where scikit-learn has it.
///
///     mien_scores *scores = mien_scores_create(3);
///     while (…) { status = mien_scores_add(scores, label, probabilities, &error); … }
///     mien_scores_summarise(scores, figures, NULL, NULL); // figures[MIEN_FIGURE_ACCURACY], …
#ifndef MIEN_HOST_EVALUATION_SCORES_H
#define MIEN_HOST_EVALUATION_SCORES_H

#include "host/evaluation/bootstrap.h"

#include <stddef.h>
#include <stdint.h>

typedef enum mien_figure {
    MIEN_FIGURE_ACCURACY,          ///< share of pictures whose likeliest class is the label
    MIEN_FIGURE_BALANCED_ACCURACY, ///< mean of the classes' recalls
    MIEN_FIGURE_MACRO_F1,          ///< mean of the classes' F1
    MIEN_FIGURE_LOG_LOSS,          ///< mean of −ln of the label's probability
    MIEN_FIGURE_BRIER,             ///< mean squared distance of probabilities and truth, 0 to 2
    MIEN_FIGURE_CALIBRATION_ERROR, ///< expected calibration error of the likeliest class
    MIEN_FIGURE_COUNT,
} mien_figure;

/// How often one class was right. A share of nothing is NAN.
typedef struct mien_class_scores {
    size_t pictures;  ///< that bear this label
    size_t predicted; ///< whose likeliest class this is
    size_t right;     ///< both
    double precision, recall, f1;
} mien_class_scores;

/// Bins of equal width over the probability of the likeliest class; bin i holds those above
/// i / MIEN_RELIABILITY_BINS, up to and with (i + 1) / MIEN_RELIABILITY_BINS.
enum { MIEN_RELIABILITY_BINS = 15 };

/// One bar of a reliability diagram. Without pictures the two means are NAN.
typedef struct mien_reliability_bin {
    size_t pictures;
    double confidence; ///< mean probability of the likeliest class
    double accuracy;   ///< share of pictures where it is the label
} mien_reliability_bin;

/// What a model said of one picture.
typedef struct mien_answer {
    uint32_t label;    ///< what the picture is called
    uint32_t answer;   ///< the likeliest class
    double confidence; ///< and its probability
} mien_answer;

typedef struct mien_scores mien_scores;

/// Nothing counted yet; `classes` is at least 1. NULL when memory is out. Free with
/// mien_scores_free(). [any thread]
mien_scores *mien_scores_create(size_t classes);
/// NULL is allowed.
void mien_scores_free(mien_scores *scores);

/// Counts one picture. `label` is below the number of classes; `probabilities` has one number a
/// class, which sum to 1. Of equal ones the earlier class is the likeliest. Errors:
/// MIEN_OUT_OF_MEMORY. [one thread at a time per scores]
MIEN_MUST_CHECK mien_status mien_scores_add(mien_scores *scores, size_t label,
                                            const double *probabilities, mien_error *error);

/// −ln of the probability that a label got, at most 36: a certain mistake costs no infinity.
/// [any thread]
double mien_log_loss(double probability);

/// @name What was counted so far  [one thread at a time per scores]
/// @{
size_t mien_scores_classes(const mien_scores *scores);
size_t mien_scores_pictures(const mien_scores *scores);
/// The picture that was counted as the `index`th, below mien_scores_pictures().
mien_answer mien_scores_answer(const mien_scores *scores, size_t index);
/// Figures are NAN without pictures. `classes`: one each, or NULL. `bins`: may be NULL.
void mien_scores_summarise(const mien_scores *scores, double figures[MIEN_FIGURE_COUNT],
                           mien_class_scores *classes,
                           mien_reliability_bin bins[MIEN_RELIABILITY_BINS]);
/// Fills `matrix`, classes × classes: row label, column likeliest class.
void mien_scores_confusion(const mien_scores *scores, size_t *matrix);
/// @}

/// Bootstrap intervals of all figures, over pictures; of an accuracy that is none or all, or over
/// few pictures, the exact one (host/statistics/share.h). Errors: MIEN_OUT_OF_MEMORY,
/// MIEN_INVALID_ARGUMENT (no pictures).
MIEN_MUST_CHECK mien_status mien_scores_intervals(const mien_scores *scores,
                                                  mien_interval intervals[MIEN_FIGURE_COUNT],
                                                  mien_error *error);

#endif
