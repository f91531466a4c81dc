// SPDX-License-Identifier: Apache-2.0
/// @file
/// How faithful models' maps are, over many pictures.
#ifndef MIEN_HOST_CLI_EXPLAIN_MEASURE_H
#define MIEN_HOST_CLI_EXPLAIN_MEASURE_H

#include "host/cli/explaining.h"
#include "host/cli/faithful.h"

/// Measures every model of an opened explanation over `sample` of the pictures (0: all), chosen the
/// same way each time; `results` are zero, one a model. Each picture is read once. A picture that
/// cannot be used is complained of on behalf of `command` and counted in `*unusable`; a model that
/// fails has its error, and the others go on. Errors: MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_explain_take_measures(mien_explaining *explaining,
                                                       const char *command,
                                                       const char *const *paths, size_t count,
                                                       size_t sample, mien_faithful *results,
                                                       size_t *unusable, mien_error *error);

/// `mien explain --measure`: the same, printed as a table, or an object a row.
MIEN_MUST_CHECK mien_status mien_explain_measure(mien_explaining *explaining,
                                                 const mien_paths *paths, size_t sample,
                                                 size_t *unusable, mien_error *error);

#endif
