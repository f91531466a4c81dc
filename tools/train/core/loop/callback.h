// SPDX-License-Identifier: Apache-2.0
/// @file
/// What may happen around training: one interface, one file a callback.
///
/// A callback is a row of functions over a state of its own. To add one, add a file NAME.c to
/// tools/train/core/callbacks that defines the mien_callback_kind mien_callback_NAME; the build
/// finds it. The trainer's parts (recipe, network, optimizer) are in state.h, where
/// mien_trainer_say() prints a line, too. early_stopping.c is the smallest example, schedule.c one
/// that changes steps.
#ifndef MIEN_TRAIN_LOOP_CALLBACK_H
#define MIEN_TRAIN_LOOP_CALLBACK_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mien_trainer mien_trainer;

/// What a step or an epoch came to.
typedef struct mien_training_event {
    uint64_t step, steps;                        ///< done, of how many in all
    uint32_t epoch, epochs;                      ///< done, of how many
    double rate;                                 ///< learning rate
    double loss, accuracy;                       ///< of training: the step's, or the epoch's mean
    double gradient_norm;                        ///< of the step
    double validation_loss, validation_accuracy; ///< of the epoch, with the average's values
    double seconds;                              ///< since training began, over all runs
    double pictures_per_second;
    bool best; ///< the epoch's values are kept: the best so far, by what the recipe looks at
} mien_training_event;

/// The order of calls; within a stage that of the files' names.
typedef enum mien_callback_stage {
    MIEN_STAGE_DECIDE = 0, ///< ends training, has a say in steps, or has `memory` that changes
    MIEN_STAGE_RECORD,     ///< writes what a checkpoint goes on from
    MIEN_STAGE_CHECKPOINT,
    MIEN_STAGE_TELL, ///< what is not needed to go on, so that a full disk has the checkpoint first
} mien_callback_stage;

/// What happens when. All functions may be NULL; all are called on the thread that trains, between
/// steps, so that time spent in them is time not trained. A failure ends training with that error.
typedef struct mien_callback_kind {
    const char *name; ///< in checkpoints, where `memory` is given: up to 40 characters, unique
    mien_callback_stage stage;
    bool outward;      ///< it prints or writes: of several processes, only the first calls it
    size_t state_size; ///< of `state`, which is zero at first, and freed by the trainer
    /// Before the first step; in a resumed run `memory` has been filled by then.
    mien_status (*start)(void *state, mien_trainer *trainer, mien_error *error);
    /// Between the gradients of a step and the values' update: may change the rate, and the
    /// gradients, mien_network_gradients(). `event` has the step at hand, counted from 1, its
    /// loss and accuracy, and the rate so far, at first the recipe's. Every process calls it and
    /// must come to the same; so `outward` and this exclude each other.
    mien_status (*update)(void *state, mien_trainer *trainer, mien_training_event *event,
                          mien_error *error);
    mien_status (*step)(void *state, mien_trainer *trainer, const mien_training_event *event,
                        mien_error *error);
    /// After validation. `*stop` is false or another's wish; true ends training after this epoch's
    /// callbacks, in all processes where one says so, and for good: such a run is not resumed.
    mien_status (*epoch)(void *state, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error);
    /// Also after a failure or an interruption, in reverse order of start.
    void (*end)(void *state, mien_trainer *trainer);
    /// Numbers that a resumed run needs: `count` doubles inside the state, kept in checkpoints.
    double *(*memory)(void *state, size_t *count);
} mien_callback_kind;

/// All there are, ended by NULL.
extern const mien_callback_kind *const mien_callback_kinds[];

#endif
