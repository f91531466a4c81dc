// SPDX-License-Identifier: Apache-2.0
/// @file
/// The learning rate of each step.
#ifndef MIEN_TRAIN_OPTIMIZER_SCHEDULE_H
#define MIEN_TRAIN_OPTIMIZER_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

typedef enum mien_schedule_kind {
    MIEN_SCHEDULE_COSINE = 0,  ///< half a cosine down to `final` (Loshchilov and Hutter, 2017)
    MIEN_SCHEDULE_STEP = 1,    ///< times `step_factor` every `step_epochs`
    MIEN_SCHEDULE_PLATEAU = 2, ///< times `factor` when validation does not get better
    MIEN_SCHEDULE_CONSTANT = 3,
} mien_schedule_kind;

enum { MIEN_SCHEDULE_MEMORY = 3 };

typedef struct mien_schedule {
    mien_schedule_kind kind;
    double rate;           ///< the highest
    uint64_t steps;        ///< of all epochs
    uint64_t epoch_steps;  ///< of one
    uint64_t warmup_steps; ///< from rate / warmup_steps up to rate, in equal parts
    double final;          ///< factor
    uint32_t step_epochs;
    double step_factor;
    uint32_t patience;
    double factor;
    /// Plateau's, for checkpoints: lowest loss, epochs since, falls so far. Starts as zeros.
    double memory[MIEN_SCHEDULE_MEMORY];
} mien_schedule;

/// The rate of a step, counted from 0. [any thread]
double mien_schedule_rate(const mien_schedule *schedule, uint64_t step);

/// Tells of an epoch's validation loss.
void mien_schedule_epoch(mien_schedule *schedule, double validation_loss);

#endif
