// SPDX-License-Identifier: Apache-2.0
/// @file
/// How far a figure could be off by the luck of which pictures were at hand: bootstrap intervals.
///
/// The figure is computed again for MIEN_RESAMPLES lists of as many pictures, drawn from those at
/// hand with replacement; the interval reaches from the 2.5th to the 97.5th percentile of what
/// comes (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). The drawing
/// starts from the same seed each time, so that a figure's interval is always the same, and two
/// models on the same pictures are judged by the same lists.
#ifndef MIEN_HOST_EVALUATION_BOOTSTRAP_H
#define MIEN_HOST_EVALUATION_BOOTSTRAP_H

#include "mien/status.h"

#include <stddef.h>

enum { MIEN_RESAMPLES = 1000 };

/// 95 of 100 resamples lie within. NAN where the figure was NAN in every resample.
typedef struct mien_interval {
    double low, high;
} mien_interval;

/// Computes `figure_count` figures of the pictures `picks`: `count` indices, some of them more than
/// once. NAN says that these pictures have no such figure.
typedef void (*mien_statistic)(const void *context, const size_t *picks, size_t count,
                               double *figures);

/// Intervals of all figures of a statistic over `count` pictures. Errors: MIEN_INVALID_ARGUMENT (no
/// pictures), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_bootstrap(mien_statistic statistic, const void *context,
                                           size_t count, mien_interval *intervals,
                                           size_t figure_count, mien_error *error);

/// The interval of the mean of `count` numbers. Errors: as mien_bootstrap()'s. [any thread]
MIEN_MUST_CHECK mien_status mien_bootstrap_mean(const double *values, size_t count,
                                                mien_interval *interval, mien_error *error);

#endif
