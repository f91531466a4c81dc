// SPDX-License-Identifier: Apache-2.0
// A file of foreign weights, in any format that can be read.
#ifndef MIEN_TOOLS_IMPORT_SOURCE_H
#define MIEN_TOOLS_IMPORT_SOURCE_H

#include "tools/import/core/tensor_set.h"

typedef enum mien_source_format {
    MIEN_SOURCE_AUTO,
    MIEN_SOURCE_SAFETENSORS,
    MIEN_SOURCE_TFJS_LAYERS,
    MIEN_SOURCE_TFJS_GRAPH,
    MIEN_SOURCE_COUNT,
} mien_source_format;

typedef struct mien_source {
    mien_import_set tensors;
    mien_weights *weights; // what a safetensors file's tensors point into; else NULL
} mien_source;

// Reads `path`; with MIEN_SOURCE_AUTO its first bytes tell the format. TensorFlow.js shards are
// looked for in the same folder. What was read before a failure is left for mien_source_close().
// Messages start with the path at fault. Errors: MIEN_NOT_FOUND, MIEN_IO, MIEN_BAD_INPUT,
// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_source_open(const char *path, mien_source_format format,
                                             mien_source *source, mien_error *error);

void mien_source_close(mien_source *source);

#endif
