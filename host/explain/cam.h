// SPDX-License-Identifier: Apache-2.0
/// @file
/// The arithmetic of class activation maps.
#ifndef MIEN_HOST_EXPLAIN_CAM_H
#define MIEN_HOST_EXPLAIN_CAM_H

#include "host/explain/explain.h"

/// Activations and their gradient, each {pixels, channels}.
typedef struct mien_cam_input {
    const float *activation, *gradient; ///< gradient is not read by Eigen-CAM
    size_t pixels, channels;
} mien_cam_input;

/// Writes the map, `pixels` numbers, of one of the methods up to MIEN_EIGEN_CAM. With `principal`
/// the channels' contributions are not summed, but projected on their first principal component.
/// Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_cam(mien_explain_method method, const mien_cam_input *input,
                                     bool principal, float *map, mien_error *error);

/// The same before negative values are cut: what speaks against the class is there as well.
MIEN_MUST_CHECK mien_status mien_cam_signed(mien_explain_method method, const mien_cam_input *input,
                                            bool principal, float *map, mien_error *error);

#endif
