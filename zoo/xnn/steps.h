// SPDX-License-Identifier: Apache-2.0
/// @file
/// The steps that operators lower to, besides Winograd and attention. Each function fills
/// step->kind and step->data (and leaves what mien_planner_step() set).
#ifndef MIEN_XNN_STEPS_H
#define MIEN_XNN_STEPS_H

#include "zoo/xnn/step.h"

/// Direct convolution by XNNPACK. `weight` {filters, C / groups, kh, kw} and `bias` (or NULL)
/// are taken over and freed, also on failure.
mien_status mien_step_convolution(mien_step *step, const mien_conv2d_options *options,
                                  const mien_shape *input, float *weight, float *bias,
                                  mien_error *error);

/// Fully connected by XNNPACK: `rows` a picture. `weight` {outputs, inputs} and `bias` (or NULL)
/// are taken over and freed, also on failure.
mien_status mien_step_linear(mien_step *step, size_t rows, size_t inputs, size_t outputs,
                             float *weight, float *bias, mien_error *error);

typedef enum mien_unary {
    MIEN_UNARY_CLAMP,
    MIEN_UNARY_GELU,
    MIEN_UNARY_SIGMOID,
    MIEN_UNARY_HARD_SWISH,
    MIEN_UNARY_SOFTMAX,
} mien_unary;

/// XNNPACK's elementwise functions, and softmax over rows of `channels`.
mien_status mien_step_unary(mien_step *step, mien_unary function, size_t rows, size_t channels,
                            mien_error *error);

typedef enum mien_rows {
    MIEN_ROWS_ADD,           ///< two inputs
    MIEN_ROWS_MULTIPLY,      ///< two inputs
    MIEN_ROWS_MULTIPLY_GATE, ///< second input is {channels} a picture
    MIEN_ROWS_SCALE_SHIFT,   ///< first and second parameter are {channels}
    MIEN_ROWS_LAYER_NORM,    ///< weight and bias
    MIEN_ROWS_ADD_PARAMETER, ///< first parameter is {rows, channels}
    MIEN_ROWS_SILU,
} mien_rows;

/// A kernel of ours over `rows` rows of `channels` a picture. Parameters (NULL where the function
/// has none) are taken over and freed with the step, also on failure.
mien_status mien_step_rows(mien_step *step, mien_rows function, size_t rows, size_t channels,
                           float *first, float *second, float epsilon, mien_error *error);

/// Mean over rows: {rows, channels} to {channels}.
mien_status mien_step_mean(mien_step *step, size_t rows, size_t channels, mien_error *error);

/// `before` (a parameter of `before_count` numbers, taken over and freed with the step, also on
/// failure), followed by `count` numbers from `offset` of each picture of `stride` numbers: class
/// token and token selection.
mien_status mien_step_splice(mien_step *step, float *before, size_t before_count, size_t stride,
                             size_t offset, size_t count, mien_error *error);

/// Pooling by XNNPACK. `padding` already holds what ceil mode adds.
mien_status mien_step_pool(mien_step *step, bool average, const mien_pool2d_options *options,
                           mien_padding padding, const mien_shape *input, mien_error *error);

/// Zeros around and after the channels.
mien_status mien_step_pad(mien_step *step, mien_padding padding, size_t channels_after,
                          const mien_shape *input, mien_error *error);

/// {H, W, C} to {C, H, W} in memory.
mien_status mien_step_to_chw(mien_step *step, const mien_shape *input, mien_error *error);

/// Translates an XNNPACK failure ("cannot <what>: ...").
mien_status mien_xnn_fail(mien_error *error, enum xnn_status status, const char *what);

/// The same for a call that makes an operator: XNNPACK's convolutions report success, and make
/// none, when there is no memory for their row of zeros.
mien_status mien_xnn_made(mien_error *error, enum xnn_status status, xnn_operator_t operator_,
                          const char *what);

#endif
