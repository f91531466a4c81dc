// SPDX-License-Identifier: Apache-2.0
/// @file
/// Damage done to a picture before a network sees it: how far a model's answers hold when the
/// light, the camera or the wire is worse than in its training. docs/sweeps.md says what each does,
/// and how they differ from those of Hendrycks and Dietterich (arXiv:1903.12261).
///
/// What is done follows from kind, severity, seed and the picture's name alone: the same on every
/// machine, whatever the order or the number of threads.
#ifndef MIEN_HOST_CORRUPTION_CORRUPTION_H
#define MIEN_HOST_CORRUPTION_CORRUPTION_H

#include "mien/image.h"

#include <stdbool.h>

typedef enum mien_corruption_kind {
    MIEN_CORRUPTION_NONE,
    MIEN_CORRUPTION_BLUR,
    MIEN_CORRUPTION_NOISE,
    MIEN_CORRUPTION_JPEG,
    MIEN_CORRUPTION_BRIGHTNESS,
    MIEN_CORRUPTION_ROTATION,
    MIEN_CORRUPTION_OCCLUSION,
    MIEN_CORRUPTION_COUNT,
} mien_corruption_kind;

enum {
    MIEN_SEVERITY_MOST = 5,
    MIEN_CORRUPTION_VERSION = 1, ///< rises with any change of what comes out
};

typedef struct mien_corruption {
    mien_corruption_kind kind;
    uint32_t severity; ///< 1 to MIEN_SEVERITY_MOST; 0 goes with MIEN_CORRUPTION_NONE alone
    uint32_t seed;     ///< of those that draw
} mien_corruption;

/// "none", "blur": in the order of the kinds. Static.
const char *mien_corruption_text(mien_corruption_kind kind);

/// Whether the seed makes a difference.
bool mien_corruption_draws(mien_corruption_kind kind);

/// Finds a kind by its name. Errors: MIEN_INVALID_ARGUMENT (names the nearest, and all there are).
/// [any thread]
MIEN_MUST_CHECK mien_status mien_corruption_find(const char *name, mien_corruption_kind *kind,
                                                 mien_error *error);

/// Reads "blur:3", or "none". Errors: MIEN_INVALID_ARGUMENT (what would be right). [any thread]
MIEN_MUST_CHECK mien_status mien_corruption_parse(const char *text, mien_corruption *corruption,
                                                  mien_error *error);

/// Damages the picture in place. `name` is the picture's, below its data set's folder. Errors:
/// MIEN_OUT_OF_MEMORY, MIEN_BAD_INPUT (JPEG cannot hold a picture as large). [any thread]
MIEN_MUST_CHECK mien_status mien_corruption_apply(const mien_corruption *corruption,
                                                  const char *name, mien_image *image,
                                                  mien_error *error);

#endif
