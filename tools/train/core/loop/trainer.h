// SPDX-License-Identifier: Apache-2.0
/// @file
/// Training from a recipe: data, network, optimizer and callbacks put together, and the loop over
/// them.
///
/// The output folder receives NAME.safetensors and NAME.yaml (a model's manifest) of the epoch that
/// was best on the pictures kept for validation, history.csv, and last.checkpoint, from which
/// training goes on. Each is whole at any time: it is written under another name first.
#ifndef MIEN_TRAIN_LOOP_TRAINER_H
#define MIEN_TRAIN_LOOP_TRAINER_H

#include "host/model.h"
#include "tools/train/core/loop/callback.h"
#include "tools/train/core/processes.h"

typedef struct mien_trainer_options {
    mien_registry *registry; ///< where a teacher is found
    /// Folder; made where there is none, but with `resume` and `report_only`. NULL: nothing is
    /// written, and only mien_trainer_preview() may be called.
    const char *output;
    const char *data;  ///< a folder of class folders, or a dataset's manifest; NULL: the recipe's
    const char *votes; ///< NULL: the recipe's
    bool resume;       ///< go on from last.checkpoint
    /// Nothing is trained: NAME.safetensors and history.csv are there, and only
    /// mien_trainer_report() may be called. Of one process alone.
    bool report_only;
    bool json;               ///< lines on standard output are JSON objects
    uint32_t threads;        ///< 0: the recipe's
    bool (*cancelled)(void); ///< asked after each step; NULL: never
    /// Who trains along; NULL: nobody. All must be given the same, and pictures in the same places.
    mien_processes *processes;
} mien_trainer_options;

/// Reads the data and plans the network of a recipe. `declaration` is of its manifest, and is
/// borrowed like `options` and what they point to until mien_trainer_free(). What is worth knowing
/// (pictures left out, weights taken) is said on standard error. Errors: the recipe's, the data's
/// (MIEN_BAD_INPUT, MIEN_NOT_FOUND); MIEN_INVALID_ARGUMENT (no data given, the output folder holds
/// a run and `resume` is not set, another process trains there); MIEN_NOT_FOUND (it holds none and
/// `resume` is set); MIEN_UNSUPPORTED (a plugin that computes by itself); MIEN_CANCELLED, MIEN_IO
/// (the output folder cannot be written to), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_trainer_create(const mien_declaration *declaration,
                                                const mien_trainer_options *options,
                                                mien_trainer **trainer, mien_error *error);
/// NULL is allowed.
void mien_trainer_free(mien_trainer *trainer);

/// Trains to the end. Errors: MIEN_CANCELLED (what was done is in last.checkpoint), a callback's,
/// MIEN_IO, MIEN_INTERNAL; another process's, unless that could not wait (mien_processes_break()).
MIEN_MUST_CHECK mien_status mien_trainer_run(mien_trainer *trainer, mien_error *error);

/// Writes report.html anew from the weights and the history in the output folder, which must be of
/// one run: the validation pictures are asked again. Errors: MIEN_NOT_FOUND, MIEN_BAD_INPUT (they
/// are not, or are damaged), MIEN_IO, MIEN_INTERNAL, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_trainer_report(mien_trainer *trainer, mien_error *error);

/// Draws the first batch, augmented, with its targets, as a PNG, in place of training. Errors:
/// mien_batch_sheet_write()'s.
MIEN_MUST_CHECK mien_status mien_trainer_preview(mien_trainer *trainer, const char *path,
                                                 mien_error *error);

#endif
