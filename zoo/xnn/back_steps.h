// SPDX-License-Identifier: Apache-2.0
/// @file
/// The steps of the way back that inference has no use for. Each function fills step->kind and
/// step->data; the step's first input is the gradient of the operator's output.
#ifndef MIEN_XNN_BACK_STEPS_H
#define MIEN_XNN_BACK_STEPS_H

#include "zoo/xnn/step.h"

typedef enum mien_back_rows {
    MIEN_BACK_CLAMP,   ///< second input: the output; step->low and high are the clamp's
    MIEN_BACK_GELU,    ///< second input: the input, and so below where not said otherwise
    MIEN_BACK_SIGMOID, ///< second input: the output
    MIEN_BACK_SILU,
    MIEN_BACK_HARD_SWISH,
    MIEN_BACK_SOFTMAX,    ///< second input: the output
    MIEN_BACK_LAYER_NORM, ///< parameter: the weight
} mien_back_rows;

/// A kernel of ours over `rows` rows of `channels` a picture. `parameter` (or NULL) is taken over
/// and freed with the step, also on failure.
mien_status mien_step_back_rows(mien_step *step, mien_back_rows function, size_t rows,
                                size_t channels, float *parameter, float epsilon,
                                mien_error *error);

/// Max pooling, whose second input is the pooling's input: each gradient goes to the first of its
/// window's largest values. Shapes are the pooling's.
mien_status mien_step_back_max_pool(mien_step *step, const mien_pool2d_options *options,
                                    const mien_shape *input, const mien_shape *output,
                                    mien_error *error);
/// Average pooling: each gradient is shared by its window.
mien_status mien_step_back_average_pool(mien_step *step, const mien_pool2d_options *options,
                                        const mien_shape *input, const mien_shape *output,
                                        mien_error *error);
/// A mean over rows: {channels} / rows, repeated.
mien_status mien_step_back_mean(mien_step *step, size_t rows, size_t channels, mien_error *error);
/// A gate's gradient, {channels}: the sum over rows of first input · second input.
mien_status mien_step_back_gate(mien_step *step, size_t rows, size_t channels, mien_error *error);

/// A part {rows, columns, channels} of each picture of `input`'s shape, from a corner on: what zero
/// padding came from.
mien_status mien_step_crop(mien_step *step, const mien_shape *input, const mien_shape *part,
                           size_t top, size_t left, mien_error *error);
/// Spreads a picture of `input`'s shape over `grid`: pixel (i, k) goes to row i · stride.height −
/// top and column k · stride.width − left where the grid has those, zeros go elsewhere.
mien_status mien_step_spread(mien_step *step, const mien_shape *input, mien_extent stride,
                             size_t top, size_t left, const mien_shape *grid, mien_error *error);
/// `count` numbers at `offset` of a picture of `size` numbers, zeros elsewhere.
mien_status mien_step_among_zeros(mien_step *step, size_t size, size_t offset, size_t count,
                                  mien_error *error);

/// Self-attention, whose second input is the attention's input.
mien_status mien_step_back_attention(mien_step *step, size_t tokens, size_t channels,
                                     uint32_t heads, mien_error *error);

#endif
