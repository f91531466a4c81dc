// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a cell's figures follow from, as digests that are the same on every machine.
#ifndef MIEN_HOST_CLI_SWEEP_DIGEST_H
#define MIEN_HOST_CLI_SWEEP_DIGEST_H

#include "host/cli/sweep.h"
#include "mien/weights.h"

/// Of what a model's answers follow from: what its manifest says (with the weights' digest), and
/// the bytes of the plugin's file; of an ensemble, every member's. One that cannot be read has a
/// digest, too, another than once it is mended. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_digest_model(const mien_sweep *sweep, const char *name,
                                                    char digest[MIEN_SHA256_HEX],
                                                    mien_error *error);

/// Of the pictures of a data set that are of the sweep's classes and split: their classes, names
/// and bytes. A picture that cannot be read counts as such. Errors: those of a data set that cannot
/// be listed, MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_digest_dataset(const mien_sweep *sweep, const char *name,
                                                      char digest[MIEN_SHA256_HEX],
                                                      mien_error *error);

#endif
