// SPDX-License-Identifier: Apache-2.0
/// @file
/// Many tests at once: of twenty pairs of equal models, one would seem different by luck.
#ifndef MIEN_HOST_STATISTICS_HOLM_H
#define MIEN_HOST_STATISTICS_HOLM_H

#include "mien/status.h"

#include <stddef.h>

/// Adjusts `count` p-values so that those below a level are, all together, wrong no more often than
/// that (Holm, 1979, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
/// Journal of Statistics 6(2)): the smallest is multiplied by `count`, the next by one less, and so
/// on; none comes out smaller than one before it, or larger than 1. `adjusted` may be `values`.
/// Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_holm(const double *values, size_t count, double *adjusted,
                                      mien_error *error);

#endif
