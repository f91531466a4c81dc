// SPDX-License-Identifier: Apache-2.0
/// @file
/// Two pictures in one: mixup (Zhang et al., 2017) blends them, CutMix (Yun et al., 2019) puts a
/// rectangle of one into the other. A whole batch is mixed alike, each row with its partner, and
/// the targets by the parts that the pictures really have.
#ifndef MIEN_TRAIN_DATA_MIX_H
#define MIEN_TRAIN_DATA_MIX_H

#include "tools/train/core/data/feeder.h"

typedef struct mien_mixing {
    float own;                         ///< the row's own part; 1: nothing is mixed
    uint32_t top, left, height, width; ///< CutMix's rectangle; height 0: mixup
} mien_mixing;

/// Draws for a batch. [any thread]
mien_mixing mien_mixing_draw(const mien_augmentation *augmentation, const mien_input_spec *input,
                             uint64_t seed, uint64_t batch);

/// The row that `row` of a batch of `rows` is mixed with, which is mixed with it in turn; itself
/// when it is left over. Half a batch away, so that processes that take turns at the rows seldom
/// need each other's. [any thread]
size_t mien_mixing_partner(size_t row, size_t rows);

/// Mixes two inputs and their targets, each with the other. [any thread]
void mien_mixing_apply(const mien_mixing *mixing, const mien_input_spec *input, size_t classes,
                       float *pictures[2], float *targets[2]);

/// A number from the beta distribution beta(α, α), α over 0. [any thread]
double mien_draw_beta(double alpha, uint64_t seed, uint64_t batch, uint64_t stream);

#endif
