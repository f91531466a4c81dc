// SPDX-License-Identifier: Apache-2.0
/// @file
/// The least of a smooth function, by GSL.
#ifndef MIEN_HOST_FIT_MINIMISE_H
#define MIEN_HOST_FIT_MINIMISE_H

#include "mien/status.h"

#include <stddef.h>

/// Returns the function's value at `x`.
typedef double mien_line_function(const void *context, double x);

/// Where between `low` and `high` the function is least, to about 1e-7, with its deepest valley
/// found among `steps` + 1 places. Errors: MIEN_OUT_OF_MEMORY, MIEN_INTERNAL. [any thread]
MIEN_MUST_CHECK mien_status mien_minimise_line(mien_line_function *function, const void *context,
                                               double low, double high, size_t steps, double *least,
                                               mien_error *error);

/// Returns the value at `x`, `count` numbers, and writes the gradient there.
typedef double mien_slope_function(const void *context, const double *x, double *gradient);

/// Goes from `x` downhill by BFGS until the gradient vanishes, and leaves the place in `x`. The
/// function should be about 1 large. Errors: MIEN_OUT_OF_MEMORY, MIEN_INTERNAL (it does not get
/// there). [any thread]
MIEN_MUST_CHECK mien_status mien_minimise(mien_slope_function *function, const void *context,
                                          double *x, size_t count, mien_error *error);

#endif
