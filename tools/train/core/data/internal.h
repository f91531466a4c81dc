// SPDX-License-Identifier: Apache-2.0
/// @file
/// What the files of a dataset share.
#ifndef MIEN_TRAIN_DATA_INTERNAL_H
#define MIEN_TRAIN_DATA_INTERNAL_H

#include "tools/train/core/data/dataset.h"

struct mien_dataset {
    mien_index index;
    mien_example *examples; ///< unreadable ones are taken out after decoding
    size_t count, unreadable, voted, classes;
    float *targets; ///< a row of `classes` for each of the index's items
};

/// Reads and prepares every example's pixels. Unreadable pictures keep NULL pixels and are counted.
mien_status mien_dataset_decode(mien_dataset *dataset, const mien_dataset_options *options,
                                const mien_dataset_watcher *watcher, mien_error *error);

/// Writes every example's target from its label and the votes, if there are any.
mien_status mien_dataset_set_targets(mien_dataset *dataset, const char *folder,
                                     const mien_dataset_options *options, mien_error *error);

#endif
