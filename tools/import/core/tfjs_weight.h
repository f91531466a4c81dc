// SPDX-License-Identifier: Apache-2.0
// One entry of a TensorFlow.js weights manifest.
#ifndef MIEN_TOOLS_IMPORT_TFJS_WEIGHT_H
#define MIEN_TOOLS_IMPORT_TFJS_WEIGHT_H

#include "tools/import/core/tensor_set.h"

#include <yyjson.h>

typedef enum mien_tfjs_stored {
    MIEN_TFJS_PLAIN,   // as its type says
    MIEN_TFJS_FLOAT16, // IEEE 754 binary16
    MIEN_TFJS_UINT8,   // number × scale + min
    MIEN_TFJS_UINT16,  // likewise
} mien_tfjs_stored;

typedef struct mien_tfjs_weight {
    const char *name; // borrowed from the JSON
    mien_shape shape;
    size_t elements;
    mien_dtype dtype; // once decoded
    mien_tfjs_stored stored;
    double scale, minimum;
    size_t stored_bytes;
} mien_tfjs_weight;

// `index` is for messages about an entry without a name. Errors: MIEN_BAD_INPUT.
MIEN_MUST_CHECK mien_status mien_tfjs_weight_parse(yyjson_val *entry, size_t index,
                                                   mien_tfjs_weight *weight, mien_error *error);

// Adds the weight to `set`, from `weight->stored_bytes` bytes of any alignment. Errors:
// MIEN_BAD_INPUT, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_tfjs_weight_decode(const mien_tfjs_weight *weight,
                                                    const uint8_t *bytes, mien_import_set *set,
                                                    mien_error *error);

#endif
