// SPDX-License-Identifier: Apache-2.0
// New tensors out of old ones. Each result's data are the caller's to free, at `*owned`, and its
// shape and type are set in `*result`.
#ifndef MIEN_TOOLS_IMPORT_TRANSFORM_H
#define MIEN_TOOLS_IMPORT_TRANSFORM_H

#include "mien/tensor.h"

// Dimension i of the result is dimension `order[i]` of the source; `count` must be the rank, and
// `order` a permutation. With count 0 a plain copy. Errors: MIEN_BAD_INPUT, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_transform_permute(const mien_tensor *source, const uint32_t *order,
                                                   uint32_t count, mien_tensor *result,
                                                   void **owned, mien_error *error);

// Gives the tensor another shape of as many elements; −1, at most once, is what is left over.
// Errors: MIEN_BAD_INPUT.
MIEN_MUST_CHECK mien_status mien_transform_reshape(mien_tensor *tensor, const int64_t *sizes,
                                                   uint32_t count, mien_error *error);

// An f32 tensor of the shape of `like` with every element `value`. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_transform_fill(const mien_tensor *like, double value,
                                                mien_tensor *result, void **owned,
                                                mien_error *error);

// An f32 or f16 tensor in the other of the two types. Errors: MIEN_BAD_INPUT (a finite number too
// large for f16), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_transform_float(const mien_tensor *source, mien_dtype dtype,
                                                 mien_tensor *result, void **owned,
                                                 mien_error *error);

#endif
