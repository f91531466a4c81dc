// SPDX-License-Identifier: Apache-2.0
/// @file
/// Which example comes when: an endless row of shuffled epochs.
#ifndef MIEN_TRAIN_DATA_ORDER_H
#define MIEN_TRAIN_DATA_ORDER_H

#include "tools/train/core/data/feeder.h"

typedef struct mien_order mien_order;

/// Over `count` of the dataset's examples, which `indices` names; they are copied. Plain: epoch
/// after epoch, each in another order. Balanced: as many of each class that is there, the classes
/// taking turns in random order, each class's pictures shuffled anew when it is through. Free with
/// mien_order_free(). Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_order_create(const mien_dataset *dataset, const size_t *indices,
                                              size_t count, mien_sampling sampling, uint64_t seed,
                                              mien_order **order, mien_error *error);
/// NULL is allowed.
void mien_order_free(mien_order *order);

/// The example at a position, which depends on the seed and the position alone. Quick where
/// positions ascend. [one thread at a time]
size_t mien_order_at(mien_order *order, uint64_t position);

#endif
