// SPDX-License-Identifier: Apache-2.0
/// @file
/// Where training starts: initial values, weights of another task as far as they fit, what is
/// frozen.
#ifndef MIEN_TRAIN_LOOP_START_H
#define MIEN_TRAIN_LOOP_START_H

#include "tools/train/core/engine/network.h"
#include "tools/train/core/loop/trainer.h"

/// What became of each parameter of a network.
typedef struct mien_start_report {
    size_t taken, skipped, missing, misshapen;
    size_t unused; ///< tensors of the file that the network has no use for
    /// The first of each kind, borrowed from the network; NULL: none.
    const char *first_missing, *first_misshapen;
} mien_start_report;

/// Brings the network's parameters to where the recipe starts, says what was taken, and freezes.
/// Needs no pictures. Messages carry file:line:column. Errors: MIEN_BAD_INPUT (a file of which
/// nothing fits, a pattern that matches nothing), MIEN_NOT_FOUND (with where the file comes from,
/// if the recipe says), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_start(mien_trainer *trainer, mien_error *error);

/// Takes from a safetensors file what has a parameter's name and shape and matches none of the
/// patterns; the rest of the network stays as it is. Errors: mien_weights_open()'s, MIEN_BAD_INPUT
/// (nothing fits), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_start_load(mien_network *network, const char *path,
                                            const mien_manifest_texts *skip,
                                            mien_start_report *report, mien_error *error);

/// Gives batch norms that are not frozen the statistics of some training pictures; the network
/// computes what it did before. Errors: mien_example_to_input()'s, MIEN_INTERNAL.
MIEN_MUST_CHECK mien_status mien_start_refresh(mien_trainer *trainer, mien_error *error);

#endif
