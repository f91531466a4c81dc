// SPDX-License-Identifier: Apache-2.0
/// @file
/// Filling in what was taken out of a picture.
#ifndef MIEN_HOST_EXPLAIN_IMPUTATION_H
#define MIEN_HOST_EXPLAIN_IMPUTATION_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mien_extents {
    size_t height, width, channels;
} mien_extents;

/// Noisy linear imputation (Rong et al., 2022, arXiv:2202.00449): each pixel of `missing` becomes
/// the weighted mean of its eight neighbours, missing ones included, diagonal ones with half the
/// weight, and noise is added. So what was taken out leaves no edges to recognise it by. What the
/// picture has there is where the search starts. `noise` is a standard deviation, `seed` what it
/// begins with. [any thread]
void mien_impute(float *picture, const bool *missing, const mien_extents *extents, float noise,
                 uint64_t seed);

/// Blurs each channel by three box filters of `radius`, edges repeated. `scratch` is as large as
/// the picture.
void mien_blur(float *picture, const mien_extents *extents, size_t radius, float *scratch);

#endif
