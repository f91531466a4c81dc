// SPDX-License-Identifier: Apache-2.0
/// @file
/// Weights: named tensors in a safetensors file, memory-mapped and never trusted.
#ifndef MIEN_WEIGHTS_H
#define MIEN_WEIGHTS_H

#include "mien/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An open weights file. Immutable; may be read from any thread.
typedef struct mien_weights mien_weights;

typedef struct mien_named_tensor {
    const char *name;   ///< borrowed from the weights
    mien_tensor tensor; ///< points into the mapping
} mien_named_tensor;

/// Maps a safetensors file and checks all of it: header length and JSON, names unique, types
/// known, shapes times element size equal to the byte range, ranges inside the file, not
/// overlapping and without holes. With `sha256` (64 hexadecimal digits, or NULL) the file's digest
/// must match. The file must not change while open. Free with mien_weights_close().
/// Errors: MIEN_NOT_FOUND, MIEN_IO (cannot be read), MIEN_BAD_INPUT (says what, at which tensor or
/// byte), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_weights_open(const char *path, const char *sha256,
                                                       mien_weights **weights, mien_error *error);

/// As mien_weights_open(), over bytes in memory, which are borrowed until mien_weights_close().
MIEN_API MIEN_MUST_CHECK mien_status mien_weights_open_memory(const void *bytes, size_t size,
                                                              mien_weights **weights,
                                                              mien_error *error);

/// NULL is allowed. No session made from the weights needs them any longer: sessions pack what
/// they use. [one thread at a time]
MIEN_API void mien_weights_close(mien_weights *weights);

MIEN_API size_t mien_weights_count(const mien_weights *weights);
/// `index` must be below the count. Order: by name.
MIEN_API mien_named_tensor mien_weights_at(const mien_weights *weights, size_t index);
/// NULL when there is none of that name; else a view that lives as long as `weights`.
MIEN_API const mien_tensor *mien_weights_find(const mien_weights *weights, const char *name);
/// A value of the file's `__metadata__`, or NULL.
MIEN_API const char *mien_weights_metadata(const mien_weights *weights, const char *key);
/// Bytes of all tensors.
MIEN_API size_t mien_weights_bytes(const mien_weights *weights);

/// Compares the file with what a finished graph needs. The message lists every parameter that is
/// missing, unexpected, misshapen or of a type that cannot be used (only f32 and f16 can), the
/// first twenty of each. Errors: MIEN_BAD_INPUT. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_weights_check(const mien_weights *weights,
                                                        const mien_graph *graph, mien_error *error);

/// Writes tensors as a safetensors file, through a temporary name and a rename, so that `path`
/// always holds a whole file; links and devices are treated as mien_image_write_png() does.
/// `metadata` is a list of key, value, key, value, …, NULL, or NULL. Errors: MIEN_IO,
/// MIEN_INVALID_ARGUMENT (a name twice), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_weights_write(const char *path,
                                                        const mien_named_tensor *tensors,
                                                        size_t count, const char *const *metadata,
                                                        mien_error *error);

enum { MIEN_SHA256_HEX = 65 };

/// SHA-256 of a file as 64 lower-case hexadecimal digits and a NUL. Errors: MIEN_IO, MIEN_BAD_INPUT
/// (no regular file), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_sha256_file(const char *path,
                                                      char digest[MIEN_SHA256_HEX],
                                                      mien_error *error);

#ifdef __cplusplus
}
#endif
#endif
