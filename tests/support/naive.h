// SPDX-License-Identifier: Apache-2.0
/// @file
/// Every operator of mien/graph.h as its definition says, in double precision, one loop a sum:
/// nothing is fast, fused or clever here.
///
/// Each function returns a new tensor, {batch} before the graph's shape; free it with naive_free().
/// Shapes are the caller's to get right: these are references, not checks. Parameters are double
/// copies in PyTorch's order.
#ifndef TESTS_SUPPORT_NAIVE_H
#define TESTS_SUPPORT_NAIVE_H

#include "mien/graph.h"

typedef struct naive {
    size_t batch;
    mien_shape shape; ///< without the batch
    double *data;
} naive;

naive *naive_new(size_t batch, mien_shape shape);
/// The same numbers under another shape of as many elements.
naive *naive_reshaped(const naive *x, mien_shape shape);
void naive_free(naive *x);
/// Elements of one picture.
size_t naive_elements(const naive *x);

naive *naive_conv2d(const naive *x, const mien_conv2d_options *options, const double *weight,
                    const double *bias);
naive *naive_linear(const naive *x, size_t features, const double *weight, const double *bias);
naive *naive_batch_norm(const naive *x, const double *weight, const double *bias,
                        const double *mean, const double *variance, double epsilon);
naive *naive_layer_norm(const naive *x, const double *weight, const double *bias, double epsilon);
naive *naive_add(const naive *a, const naive *b);
/// `b` is shaped like `a`, or one gate a channel.
naive *naive_multiply(const naive *a, const naive *b);
naive *naive_map(const naive *x, double (*function)(double));
naive *naive_clamp(const naive *x, double low, double high);
naive *naive_pool2d(const naive *x, const mien_pool2d_options *options, bool largest);
naive *naive_global_average_pool(const naive *x);
naive *naive_pad(const naive *x, mien_padding padding, size_t channels_after);
naive *naive_flatten(const naive *x, mien_flatten_order order);
/// `token`, one row, before the sequence.
naive *naive_class_token(const naive *x, const double *token);
naive *naive_position_embedding(const naive *x, const double *positions);
naive *naive_select_token(const naive *x, size_t index);
naive *naive_attention(const naive *qkv, size_t heads);
naive *naive_softmax(const naive *x);

/// @name For naive_map()
/// @{
double naive_relu(double x);
double naive_gelu(double x);
double naive_sigmoid(double x);
double naive_silu(double x);
double naive_hard_swish(double x);
/// @}

#endif
