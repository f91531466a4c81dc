// SPDX-License-Identifier: Apache-2.0
/// @file
/// Batches made ahead of compute, on a thread of their own: chosen, augmented, mixed, normalised.
///
/// What batch number n holds depends on the seed and n alone, so training can go on from any step.
#ifndef MIEN_TRAIN_DATA_FEEDER_H
#define MIEN_TRAIN_DATA_FEEDER_H

#include "tools/train/core/data/dataset.h"

/// Strengths of what is done to a training picture; zeros do nothing.
typedef struct mien_augmentation {
    double flip;       ///< probability of a mirror image
    double rotate;     ///< degrees either way
    double scale;      ///< zoom by 1 ± this
    double shift;      ///< of the side, either way, each axis
    double brightness; ///< added: ± this part of white
    double contrast;   ///< times 1 ± this, about the picture's mean
    double erase;      ///< probability of a random rectangle of noise (Zhong et al., 2017)
    double erase_area; ///< its largest part of the picture
    double mix;        ///< probability that a batch is mixed at all
    double mixup;      ///< beta(α, α) of mixup (Zhang et al., 2017); 0: never
    double cutmix;     ///< beta(α, α) of CutMix (Yun et al., 2019); 0: never; both: either
} mien_augmentation;

typedef enum mien_sampling {
    MIEN_SAMPLING_PLAIN = 0,    ///< every picture once an epoch, in random order
    MIEN_SAMPLING_BALANCED = 1, ///< as many pictures of each class
} mien_sampling;

typedef struct mien_feeder_options {
    const mien_dataset *dataset; ///< must outlive the feeder
    const size_t *indices;       ///< which of its examples; borrowed
    size_t count;
    const mien_input_spec *input; ///< borrowed
    size_t classes, batch;        ///< of all processes together
    uint32_t processes, rank;     ///< this process gets every `processes`-th row of a batch
    uint64_t seed;
    mien_augmentation augmentation;
    mien_sampling sampling;
    double label_smoothing;
    size_t ahead;         ///< batches in memory; 0: 3
    const float *teacher; ///< dataset count × classes probabilities, blended into targets; or NULL
    double teacher_weight;
} mien_feeder_options;

typedef struct mien_batch {
    const float *pictures;  ///< batch / processes × height × width × channels, normalised
    const float *targets;   ///< batch / processes × classes, each row sums to 1
    const size_t *examples; ///< the dataset's index of each row, before mixing
} mien_batch;

typedef struct mien_feeder mien_feeder;

/// Free with mien_feeder_close(). Errors: MIEN_INVALID_ARGUMENT (fewer pictures than a batch, a
/// batch that the processes do not divide), MIEN_OUT_OF_MEMORY, MIEN_INTERNAL (no thread).
MIEN_MUST_CHECK mien_status mien_feeder_open(const mien_feeder_options *options, uint64_t first,
                                             mien_feeder **feeder, mien_error *error);

/// Full batches an epoch. What is left over of an epoch's order goes on in the next batch, before
/// the order of another epoch: nothing is left out.
size_t mien_feeder_batches(const mien_feeder *feeder);

/// The next batch, from number `first` on, borrowed until the next call. [one thread at a time]
const mien_batch *mien_feeder_next(mien_feeder *feeder);

/// Ends the thread. NULL is allowed.
void mien_feeder_close(mien_feeder *feeder);

/// Writes one example as a network's input without any augmentation, exactly as
/// mien_image_to_input() makes it. [any thread]
MIEN_MUST_CHECK mien_status mien_example_to_input(const mien_example *example,
                                                  const mien_input_spec *input, float *target,
                                                  mien_error *error);

#endif
