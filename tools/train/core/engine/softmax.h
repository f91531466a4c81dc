// SPDX-License-Identifier: Apache-2.0
/// @file
/// Softmax of rows and its gradient, which attention shares with the operator.
#ifndef MIEN_TRAIN_ENGINE_SOFTMAX_H
#define MIEN_TRAIN_ENGINE_SOFTMAX_H

#include "tools/train/core/engine/routine.h"

typedef struct mien_softmax_routines {
    mien_routine forward;  ///< places: numbers, probabilities; may be the same
    mien_routine backward; ///< places: probabilities, their gradient, the numbers' gradient; the
                           ///< gradients may be the same
} mien_softmax_routines;

/// Dense rows of `length` numbers. After a failure mien_softmax_free() is still due.
MIEN_MUST_CHECK mien_status mien_softmax_make(const mien_layer *layer,
                                              mien_softmax_routines *routines, size_t rows,
                                              size_t length, mien_error *error);
void mien_softmax_free(mien_softmax_routines *routines);

#endif
