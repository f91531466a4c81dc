// SPDX-License-Identifier: Apache-2.0
/// @file
/// Maps as grids of numbers: enlarging and mirroring.
#ifndef MIEN_HOST_EXPLAIN_GRID_H
#define MIEN_HOST_EXPLAIN_GRID_H

#include <stddef.h>
#include <stdint.h>

/// Resamples a map bilinearly, pixel centres over pixel centres; `target` does not overlap it.
void mien_grid_resize(const float *map, uint32_t height, uint32_t width, float *target,
                      uint32_t target_height, uint32_t target_width);

/// Turns rows of `width` pixels of `channels` numbers left to right.
void mien_grid_mirror(const float *source, size_t rows, size_t width, size_t channels,
                      float *target);

#endif
