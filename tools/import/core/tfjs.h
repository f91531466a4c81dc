// SPDX-License-Identifier: Apache-2.0
// Weights of TensorFlow.js: a JSON manifest of names, shapes, types and quantisations, and binary
// shards that hold the numbers one after the other.
#ifndef MIEN_TOOLS_IMPORT_TFJS_H
#define MIEN_TOOLS_IMPORT_TFJS_H

#include "tools/import/core/file.h"
#include "tools/import/core/tensor_set.h"

// Which JSON it is. Both name shards and weights in the same way.
typedef enum mien_tfjs_format {
    MIEN_TFJS_LAYERS = 0, // a weights manifest by itself (an array), or a layers model
    MIEN_TFJS_GRAPH = 1,  // a graph model
} mien_tfjs_format;

// Where shards come from. `append` adds the whole shard `name` to `bytes`, which may not grow by
// more than `limit`. Names were checked: relative, without "..".
typedef struct mien_tfjs_shards {
    void *context;
    mien_status (*append)(void *context, const char *name, size_t limit, mien_import_bytes *bytes,
                          mien_error *error);
} mien_tfjs_shards;

// Tells the format of a JSON text. Errors: MIEN_BAD_INPUT (neither), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_tfjs_detect(const void *json, size_t size,
                                             mien_tfjs_format *format, mien_error *error);

// Adds every weight to `set`: float32, or float16 where the file keeps it so; uint8 and uint16
// quantised numbers are multiplied out. Errors: MIEN_BAD_INPUT (which weight and why),
// MIEN_OUT_OF_MEMORY, and those of `shards->append`. What was added before a failure stays.
MIEN_MUST_CHECK mien_status mien_tfjs_read(const void *json, size_t size,
                                           const mien_tfjs_shards *shards, mien_import_set *set,
                                           mien_error *error);

#endif
