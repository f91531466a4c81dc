// SPDX-License-Identifier: Apache-2.0
/// @file
/// `mien explain --measure`: how faithful models' maps are, over many pictures.
#ifndef MIEN_HOST_CLI_EXPLAIN_MEASURE_H
#define MIEN_HOST_CLI_EXPLAIN_MEASURE_H

#include "host/cli/explaining.h"

/// Measures every model over `sample` of the pictures (0: all), chosen the same way each time, and
/// prints a table, or an object a row. A picture that cannot be used is complained of and counted
/// in `*unusable`. Errors: MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_explain_measure(mien_explaining *explaining,
                                                 const mien_paths *paths, size_t sample,
                                                 size_t *unusable, mien_error *error);

#endif
