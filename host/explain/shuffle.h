// SPDX-License-Identifier: Apache-2.0
/// @file
/// Weights that learned nothing, to see whether a map cares.
#ifndef MIEN_HOST_EXPLAIN_SHUFFLE_H
#define MIEN_HOST_EXPLAIN_SHUFFLE_H

#include "host/model.h"

/// A model's weights with the numbers of each tensor in a random order, and, where it is no vector,
/// with random signs: as large as before, and without anything that was learned (after Adebayo et
/// al., arXiv:1810.03292, who draw new ones around 0). With their own signs, weights that are
/// mostly negative would make every unit of a layer negative, and leave nothing behind its ReLU.
typedef struct mien_shuffled_weights {
    void *bytes;
    mien_weights *weights;
} mien_shuffled_weights;

/// Order and signs are others for each `number`, and for one number always the same. Free with
/// mien_shuffled_weights_clear(). Errors: mien_weights_open()'s.
MIEN_MUST_CHECK mien_status mien_shuffle_weights(const mien_model *model, uint64_t number,
                                                 mien_shuffled_weights *shuffled,
                                                 mien_error *error);
void mien_shuffled_weights_clear(mien_shuffled_weights *shuffled);

#endif
