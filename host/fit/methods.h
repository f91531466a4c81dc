// SPDX-License-Identifier: Apache-2.0
/// @file
/// The methods of fit.h, one by one.
#ifndef MIEN_HOST_FIT_METHODS_H
#define MIEN_HOST_FIT_METHODS_H

#include "host/fit/fit.h"

/// Writes each member's temperature. Errors: MIEN_OUT_OF_MEMORY, MIEN_INTERNAL.
MIEN_MUST_CHECK mien_status mien_fit_temperatures(const mien_fit_sample *sample,
                                                  double *temperatures, mien_error *error);

/// Writes the members' weights, at the given temperatures. Errors: as above.
MIEN_MUST_CHECK mien_status mien_fit_weights(const mien_fit_sample *sample,
                                             const double *temperatures, double *weights,
                                             mien_error *error);

/// Writes coefficients (members × classes × classes) and intercepts, at the given temperatures.
/// Errors: as above.
MIEN_MUST_CHECK mien_status mien_fit_stack(const mien_fit_sample *sample,
                                           const double *temperatures, double penalty,
                                           double *coefficients, double *intercepts,
                                           mien_error *error);

#endif
