// SPDX-License-Identifier: Apache-2.0
/// @file
/// Maps as NumPy files.
#ifndef MIEN_HOST_EXPLAIN_NPY_H
#define MIEN_HOST_EXPLAIN_NPY_H

#include "mien/status.h"

#include <stdint.h>

/// Writes height × width numbers as an array of little-endian f32 (NEP 1, version 1.0), through a
/// temporary name. Errors: mien_replace_file()'s, with the path.
MIEN_MUST_CHECK mien_status mien_npy_write(const char *path, const float *values, uint32_t height,
                                           uint32_t width, mien_error *error);

#endif
