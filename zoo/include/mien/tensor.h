// SPDX-License-Identifier: Apache-2.0
/// @file
/// Element types, shapes and borrowed views of dense tensors.
///
/// Layout is row-major with the last dimension contiguous. Feature maps are NHWC; graph shapes
/// leave the batch out, so a feature map is {height, width, channels}, a token sequence is
/// {tokens, channels} and a vector is {channels}. Parameters keep PyTorch's order (a convolution
/// weight is {out, in / groups, kernel height, kernel width}), so that public weights load as
/// they are; the executor repacks them.
#ifndef MIEN_TENSOR_H
#define MIEN_TENSOR_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MIEN_MAX_RANK = 6 };

typedef enum mien_dtype {
    MIEN_F32 = 0,
    MIEN_F16 = 1, ///< IEEE 754 binary16
    MIEN_I8 = 2,
    MIEN_U8 = 3,
    MIEN_I32 = 4,
    MIEN_I64 = 5,
} mien_dtype;

typedef struct mien_shape {
    uint32_t rank;
    size_t dim[MIEN_MAX_RANK]; ///< the first `rank` entries; 0 is no valid dimension in a graph
} mien_shape;

/// A borrowed, read-only tensor: it owns nothing and lives as long as what it points into.
typedef struct mien_tensor {
    mien_dtype dtype;
    mien_shape shape;
    const void *data; ///< aligned to the element size
    size_t bytes;     ///< exactly elements × element size
} mien_tensor;

/// Bytes of one element; 0 for a value outside the enum. [any thread]
MIEN_API size_t mien_dtype_size(mien_dtype dtype);

/// "f32", "f16", …; "?" for a value outside the enum. [any thread]
MIEN_API const char *mien_dtype_name(mien_dtype dtype);

/// Product of the dimensions into `*elements` (1 for rank 0). Returns false on overflow or when
/// rank is over MIEN_MAX_RANK. [any thread]
MIEN_API MIEN_MUST_CHECK bool mien_shape_elements(const mien_shape *shape, size_t *elements);

/// Same rank and dimensions. [any thread]
MIEN_API bool mien_shape_equal(const mien_shape *a, const mien_shape *b);

enum { MIEN_SHAPE_TEXT = 160 };

/// Writes "[64, 3, 7, 7]" into `text` and returns `text`. [any thread]
MIEN_API const char *mien_shape_format(const mien_shape *shape, char text[MIEN_SHAPE_TEXT]);

/// Converts `count` binary16 numbers to binary32. Regions must not overlap. [any thread]
MIEN_API void mien_f16_to_f32(const uint16_t *source, float *target, size_t count);

/// Converts `count` binary32 numbers to binary16, to nearest even. [any thread]
MIEN_API void mien_f32_to_f16(const float *source, uint16_t *target, size_t count);

#ifdef __cplusplus
}
#endif
#endif
