// SPDX-License-Identifier: Apache-2.0
/// @file
/// Convolutions with one group, and linear layers, as products of our own (zoo/kernels/product.h).
#ifndef MIEN_XNN_DENSE_H
#define MIEN_XNN_DENSE_H

#include "zoo/xnn/step.h"

/// True where our products are faster than XNNPACK's: on x86 from AVX2 on.
bool mien_dense_pays(void);

/// Fills step->kind, step->data and step->weight_bytes. `options` (groups must be 1; names are not
/// looked at) and the picture {height, width, channels} describe the convolution; a linear layer
/// over rows is a 1×1 convolution of a picture {rows, 1, channels}. `weight` {filters, channels,
/// kernel height, kernel width} and `bias` (or NULL) are taken over and freed, also on failure.
/// The step's low, high and gelu apply to its output; its second input, when there is one, is a
/// residual of the output's shape added before that.
mien_status mien_step_dense(mien_step *step, const mien_conv2d_options *options, size_t height,
                            size_t width, size_t channels, float *weight, float *bias,
                            mien_error *error);

#endif
