// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a trainer is made of, for the loop and the callbacks.
#ifndef MIEN_TRAIN_LOOP_STATE_H
#define MIEN_TRAIN_LOOP_STATE_H

#include "tools/train/core/data/feeder.h"
#include "tools/train/core/distill.h"
#include "tools/train/core/loop/trainer.h"
#include "tools/train/core/optimizer/optimizer.h"

/// Numbers that a resumed run needs; all doubles, so that a checkpoint holds them as they are.
typedef struct mien_training_numbers {
    double step;                             ///< done
    double losses, correct, pictures, steps; ///< sums of the epoch so far
    double best_accuracy, best_loss;         ///< of validation; accuracy below 0: none yet
    double best_epoch;
    double stopped; ///< 1: by a callback, so that there is nothing to go on with
    double seconds; ///< of training, over all runs
} mien_training_numbers;

/// A callback of this run.
typedef struct mien_callback {
    const mien_callback_kind *kind;
    void *state;
} mien_callback;

struct mien_trainer {
    const mien_declaration *declaration;
    const mien_manifest *manifest;      ///< the declaration's
    const mien_recipe_manifest *recipe; ///< the manifest's
    mien_trainer_options options;
    int lock; ///< on the output folder, so that two runs do not write there; −1: none

    mien_dataset *dataset;
    size_t *training, *validation; ///< indices of examples
    size_t training_count, validation_count;
    size_t batch, classes, epoch_steps;
    size_t rows; ///< of a batch, of this process: the pictures that the network takes at once
    mien_teacher *asked;  ///< until it has answered; NULL: none
    float *teacher;       ///< its probabilities for each example; NULL: none
    float *class_weights; ///< NULL: all count alike
    uint64_t fingerprint; ///< of the examples' names and labels
    uint64_t votes;       ///< of their targets, which votes have a part in

    mien_network *network;
    mien_optimizer *optimizer;
    mien_feeder *feeder;

    mien_training_numbers numbers;
    mien_callback *callbacks; ///< in the order of calls
    size_t callback_count;

    /// @name Of this run alone
    /// @{
    double run_started, seconds_before;
    double training_seconds; ///< in the steps since first_step, validation left out
    uint64_t first_step;     ///< where the epoch began, or this run
    /// @}
};

/// The model's classes as a plain list; free() it. NULL when memory is out.
const char **mien_trainer_list_classes(const mien_trainer *trainer);

/// Loads the recipe's teacher, if it has one. Messages carry file:line:column. Errors:
/// mien_teacher_load()'s, MIEN_NOT_FOUND.
MIEN_MUST_CHECK mien_status mien_trainer_find_teacher(mien_trainer *trainer, mien_error *error);
/// Asks it about all pictures, and lets it go; of several processes one asks, and the others find
/// its answers. Errors: mien_distill()'s.
MIEN_MUST_CHECK mien_status mien_trainer_ask_teacher(mien_trainer *trainer,
                                                     const mien_dataset_watcher *watcher,
                                                     mien_error *error);

/// Reads and splits the recipe's data, and asks its teacher. Errors: mien_trainer_create()'s.
MIEN_MUST_CHECK mien_status mien_trainer_read_data(mien_trainer *trainer, mien_error *error);

/// Writes examples, unaltered, as the first rows of the network's input. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_trainer_show(mien_trainer *trainer, const size_t *examples,
                                              size_t rows, mien_error *error);

/// Takes all of the network's values from NAME.safetensors of the output folder. Errors:
/// mien_start_load()'s, MIEN_BAD_INPUT (they are of another network).
MIEN_MUST_CHECK mien_status mien_trainer_take_weights(mien_trainer *trainer, mien_error *error);

/// Mean loss against the labels, and accuracy, on the validation pictures, with the values the
/// network has now. Errors: MIEN_INTERNAL, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_trainer_validate(mien_trainer *trainer, double *loss,
                                                  double *accuracy, mien_error *error);

/// Whether an epoch's validation is better than another's of `accuracy` and `loss`, by what the
/// recipe's train.keep looks at; accuracy where that is the last epoch. Anything is better than an
/// accuracy below 0.
bool mien_training_is_better(const mien_trainer *trainer, const mien_training_event *event,
                             double accuracy, double loss);

/// Ends the name of weights that are there for a moment, before they have the name of the last.
#define MIEN_NEW_WEIGHTS ".new.safetensors"

/// A file of the output folder, or of the recipe's name with `ending`: free() it; NULL when memory
/// is out.
char *mien_trainer_path(const mien_trainer *trainer, const char *name);
char *mien_trainer_named_path(const mien_trainer *trainer, const char *ending);

/// Says a line on standard error, out of the progress line's way.
void mien_trainer_say(const char *format, ...) MIEN_PRINTF(1, 2);

#endif
