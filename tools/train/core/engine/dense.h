// SPDX-License-Identifier: Apache-2.0
/// @file
/// What convolutions and linear layers have in common: y = x·W + b and its gradients by x and by W
/// and b, each one oneDNN primitive.
#ifndef MIEN_TRAIN_ENGINE_DENSE_H
#define MIEN_TRAIN_ENGINE_DENSE_H

#include "tools/train/core/engine/pass.h"

typedef struct mien_dense {
    mien_pass forward, by_input, by_weight;
    void *scratch;
} mien_dense;

/// A tensor of oneDNN's: dimensions in its order, and how they lie in memory.
typedef struct mien_dense_tensor {
    int rank;
    dnnl_dims_t dims;
    dnnl_format_tag_t tag;
} mien_dense_tensor;

/// Layouts of the operands: ours, f32; and what a primitive is asked to take, in the precision of
/// products, weights in whatever order it likes.
typedef struct mien_dense_layouts {
    dnnl_memory_desc_t input, weight, bias, output; ///< `bias` may be NULL
    dnnl_memory_desc_t asked_input, asked_output, asked_weight, asked_weight_gradient;
} mien_dense_layouts;

typedef struct mien_dense_descriptions {
    dnnl_primitive_desc_t forward, by_input, by_weight; ///< `by_input` may be NULL
} mien_dense_descriptions;

typedef struct mien_dense_plan {
    mien_dense_tensor input, weight, output;
    bool bias;
    /// Describes the three primitives; `by_input` only where mien_layer_input_learns().
    dnnl_status_t (*describe)(const mien_layer *layer, const mien_dense_layouts *layouts,
                              const_dnnl_primitive_attr_t attributes,
                              mien_dense_descriptions *descriptions);
} mien_dense_plan;

/// @name A layer's calls; its state is a mien_dense
/// @{
MIEN_MUST_CHECK mien_status mien_dense_create(mien_layer *layer, const mien_dense_plan *plan,
                                              mien_error *error);
mien_status mien_dense_forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error);
mien_status mien_dense_backward(mien_layer *layer, mien_error *error);
void mien_dense_destroy(mien_layer *layer);
/// @}

#endif
