// SPDX-License-Identifier: Apache-2.0
/// @file
/// One picture made into the inputs of several networks. Exported for the host and tests; not
/// installed.
#ifndef ZOO_IMAGE_INPUTS_H
#define ZOO_IMAGE_INPUTS_H

#include "mien/image.h"

/// An input that is wanted.
typedef struct mien_image_input {
    const mien_input_spec *spec;
    float *values; ///< height × width × channels f32, the caller's
} mien_image_input;

/// mien_image_to_input() for each, to the last bit, at less cost. Rules that want the same pixels
/// of the picture, resized to the same size, share them: order of colours, channels, mean and std
/// come after. Grey is made before resizing, so that of a coloured picture grey and coloured
/// inputs share nothing but the decoded pixels. Errors: of the first that fails; values are then
/// unspecified. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_to_inputs(const mien_image *image,
                                                          const mien_image_input *inputs,
                                                          size_t count, mien_error *error);

#endif
