// SPDX-License-Identifier: Apache-2.0
/// @file
/// Which pictures an ensemble was fitted to, so that no figure is reported on them.
///
/// A picture is known by what it shows, not by its name or file: 64 bits of a SHA-256 over its
/// upright pixels, grey ones counted once. So it is found again as a copy, under another name, or
/// as another lossless file. Two different pictures are taken for one once in about 10^19 pairs.
///
/// The list is a text file, a digest a line, 16 lower-case hexadecimal digits, ascending and each
/// but once.
#ifndef MIEN_HOST_FIT_DIGESTS_H
#define MIEN_HOST_FIT_DIGESTS_H

#include "host/manifest.h"
#include "mien/image.h"

/// Start with `= {0}`, end with mien_digests_free().
typedef struct mien_digests {
    uint64_t *items; ///< ascending, different
    size_t count;
} mien_digests;

/// A picture's digest. Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_picture_digest(const mien_image *image, uint64_t *digest,
                                                mien_error *error);

/// Makes a list of `count` digests in any order, which are copied. Errors: MIEN_OUT_OF_MEMORY.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_digests_make(const uint64_t *items, size_t count,
                                              mien_digests *digests, mien_error *error);

/// Reads a list from bytes in memory, which are not needed afterwards; `path` is for messages.
/// Errors: MIEN_BAD_INPUT (names line and column), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_digests_parse(const void *bytes, size_t size, const char *path,
                                               mien_digests *digests, mien_error *error);

/// Reads the list that a manifest's `fitted:` names; an empty one where the manifest is of no
/// fitted ensemble. Errors: mien_manifest_resolve()'s, mien_digests_parse()'s, MIEN_BAD_INPUT
/// (another digest than the manifest states, no picture or more than it says), MIEN_IO. [any
/// thread]
MIEN_MUST_CHECK mien_status mien_digests_of(const mien_manifest *manifest, mien_digests *digests,
                                            mien_error *error);

/// Writes a list under a temporary name and renames it. Errors: mien_replace_file()'s, with the
/// path. [any thread]
MIEN_MUST_CHECK mien_status mien_digests_write(const mien_digests *digests, const char *path,
                                               mien_error *error);

bool mien_digests_hold(const mien_digests *digests, uint64_t digest);

/// Frees the items and empties the list.
void mien_digests_free(mien_digests *digests);

#endif
