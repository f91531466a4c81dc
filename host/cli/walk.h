// SPDX-License-Identifier: Apache-2.0
/// @file
/// One walk over labelled pictures, read ahead of who takes them: with a progress bar, complaints
/// about pictures that cannot be used, and an end at Ctrl-C.
#ifndef MIEN_HOST_CLI_WALK_H
#define MIEN_HOST_CLI_WALK_H

#include "host/dataset.h"
#include "host/loader.h"

typedef struct mien_walk {
    const char *command;        ///< for complaints
    const mien_index *index;    ///< the pictures; items' indices are of it
    mien_loader_options loader; ///< but for the paths, which are the index's
    /// Does what is to be done with a picture that can be used.
    mien_status (*take)(void *context, const mien_loader_item *item, mien_error *error);
    void *context;
    const bool *enough; ///< set by `take`: the rest is not needed; NULL: all is
} mien_walk;

/// Goes over all pictures; `*unreadable` grows by those that cannot be used. Errors: `take`'s,
/// mien_loader_open()'s and mien_loader_next()'s, MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_walk_run(const mien_walk *walk, size_t *unreadable,
                                          mien_error *error);

#endif
