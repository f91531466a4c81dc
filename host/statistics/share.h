// SPDX-License-Identifier: Apache-2.0
/// @file
/// How far a share could be off where a bootstrap cannot say: where all pictures are alike, every
/// resample is the same, and of a few there are few.
#ifndef MIEN_HOST_STATISTICS_SHARE_H
#define MIEN_HOST_STATISTICS_SHARE_H

#include "host/evaluation/bootstrap.h"

#include <stdbool.h>

/// With fewer pictures than this a share has its exact interval.
#define MIEN_SHARE_FEW 30

/// Whether `right` of `count` pictures have the exact interval instead of another: none or all are
/// right, or they are fewer than MIEN_SHARE_FEW. `count` is at least 1. [any thread]
bool mien_share_is_extreme(double right, size_t count);

/// The 95 % interval of a share by Clopper and Pearson (1934, doi:10.1093/biomet/26.4.404): what
/// has a probability of 2.5 % or more to give so many, and so few. `right` is from 0 to `count`,
/// which is at least 1; it need not be whole. [any thread]
mien_interval mien_share_interval(double right, size_t count);

#endif
