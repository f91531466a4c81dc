// SPDX-License-Identifier: Apache-2.0
/// @file
/// Winograd convolution (Lavin and Gray, 2016, arXiv:1509.09308): stride-1 3×3 convolutions as
/// products between two transforms.
#ifndef MIEN_XNN_WINOGRAD_H
#define MIEN_XNN_WINOGRAD_H

#include "zoo/xnn/step.h"

typedef struct mien_winograd_options {
    uint32_t tile;          ///< output pixels a side of a tile: 2, F(2×2,3×3), or 4, F(4×4,3×3)
    size_t height, width;   ///< of the input
    size_t inputs, outputs; ///< channels
    mien_padding padding;
    float *weight; ///< {outputs, inputs, 3, 3}, batch norm already folded; taken over and freed,
                   ///< also on failure
    const float *bias; ///< {outputs} or NULL; copied
} mien_winograd_options;

/// Fills step->kind, step->data and step->weight_bytes. The step's low and high clamp its output;
/// its second input, when there is one, is a residual of the output's shape added before the
/// clamp.
mien_status mien_step_winograd(mien_step *step, const mien_winograd_options *options,
                               mien_error *error);

/// Bytes of the packed weights such a step has.
size_t mien_winograd_bytes(uint32_t tile, size_t inputs, size_t outputs);

#endif
