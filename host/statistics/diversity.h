// SPDX-License-Identifier: Apache-2.0
/// @file
/// How much two classifiers differ on the same pictures: an ensemble gains by members that are
/// wrong on different ones.
#ifndef MIEN_HOST_STATISTICS_DIVERSITY_H
#define MIEN_HOST_STATISTICS_DIVERSITY_H

#include <stddef.h>

/// Pictures counted for two models, by their indices; first < second.
typedef struct mien_diversity {
    size_t first, second;
    size_t both, first_only, second_only, neither; ///< by who has them right; together all
    size_t differ;                                 ///< with two different answers, right or wrong
} mien_diversity;

/// The share of pictures with different answers; NAN without pictures. [any thread]
double mien_diversity_disagreement(const mien_diversity *pair);

/// Yule's Q over right and wrong (Kuncheva and Whitaker, 2003, "Measures of diversity in classifier
/// ensembles and their relationship with the ensemble accuracy", Machine Learning 51(2),
/// doi:10.1023/A:1022859003006):
///
///     Q = (both · neither − first_only · second_only) / (both · neither + first_only ·
///     second_only)
///
/// 1: the same pictures are right; 0: as independent models have it; below 0: wrong on different
/// ones. NAN where the denominator is 0, such as where one of the two is always right, or always
/// wrong. [any thread]
double mien_diversity_q(const mien_diversity *pair);

/// Means over pairs of those that have the figure; NAN where none has. [any thread]
void mien_diversity_means(const mien_diversity *pairs, size_t count, double *disagreement,
                          double *q);

#endif
