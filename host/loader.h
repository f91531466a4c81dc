// SPDX-License-Identifier: Apache-2.0
/// @file
/// Pictures read, decoded and made into network inputs ahead of who computes with them, on libuv's
/// thread pool, in bounded memory.
///
///     while ((status = mien_loader_next(loader, &item, &error)) == MIEN_OK && item) { … }
#ifndef MIEN_HOST_LOADER_H
#define MIEN_HOST_LOADER_H

#include "mien/image.h"

typedef struct mien_loader mien_loader;

/// A part of the upright picture, in its pixels.
typedef struct mien_rectangle {
    uint32_t x, y, width, height;
} mien_rectangle;

typedef struct mien_loader_options {
    const char *const *paths; ///< borrowed until the loader is closed; "-" is standard input
    size_t path_count;        ///< may be 0
    const mien_input_spec *const *inputs; ///< one for each model; copied. Equal ones cost nothing,
                                          ///< and those of equal size share a resize
    size_t input_count;                   ///< may be 0: pictures are only decoded
    const mien_rectangle *crop;           ///< applied before resizing; copied. NULL: whole pictures
    /// Changes the picture of that index before it becomes input, on any thread; NULL: nobody does.
    mien_status (*alter)(void *context, size_t index, mien_image *image, mien_error *error);
    void *context; ///< for `alter`; borrowed until the loader is closed
    mien_image_limits limits;
    size_t ahead; ///< pictures in memory at a time, the one that the caller holds included; 0 means
                  ///< 64, or fewer where that many inputs would take more than 16 MiB
} mien_loader_options;

/// One picture. Borrowed from the loader until its next call.
typedef struct mien_loader_item {
    size_t index; ///< into the options' paths
    const char *path;
    mien_status status;     ///< not MIEN_OK: this picture cannot be used, and `message` says why
    const char *message;    ///< starts with the path; "" when the status is MIEN_OK
    uint32_t height, width; ///< of the upright picture before cropping
    const float *const *inputs; ///< one for each of the options' inputs, in their order: height ×
                                ///< width × channels f32. Models with equal rules share one
} mien_loader_item;

/// Whether two rules make the same input of every picture; both are valid. [any thread]
bool mien_input_rules_equal(const mien_input_spec *a, const mien_input_spec *b);

/// How many threads decode, instead of libuv's default of 4. It sets the process's environment, and
/// counts only until libuv's pool has started. [once, before the process's first loader]
MIEN_MUST_CHECK mien_status mien_loader_use_threads(uint32_t threads, mien_error *error);

/// How many files a loader has open at a time, at most, where this many threads decode.
size_t mien_loader_files(uint32_t threads);

/// Allocates all buffers; decoding starts with the first mien_loader_next(). Free with
/// mien_loader_close(). Errors: MIEN_INVALID_ARGUMENT (an input rule that makes no sense),
/// MIEN_OUT_OF_MEMORY, MIEN_IO (no file descriptors left). [any thread]
MIEN_MUST_CHECK mien_status mien_loader_open(const mien_loader_options *options,
                                             mien_loader **loader, mien_error *error);

/// Waits for the next picture, in the order of the paths. `*item` is NULL after the last one. A
/// picture that cannot be used is an item with a status of its own, and the next ones follow.
/// Errors: MIEN_INTERNAL. [one thread at a time per loader]
MIEN_MUST_CHECK mien_status mien_loader_next(mien_loader *loader, const mien_loader_item **item,
                                             mien_error *error);

/// At any point: drops what has not begun, waits for what has, and frees everything. NULL is
/// allowed. [one thread at a time per loader]
void mien_loader_close(mien_loader *loader);

#endif
