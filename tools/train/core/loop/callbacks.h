// SPDX-License-Identifier: Apache-2.0
/// @file
/// The callbacks there are, each in a file of its own.
#ifndef MIEN_TRAIN_LOOP_CALLBACKS_H
#define MIEN_TRAIN_LOOP_CALLBACKS_H

#include "tools/train/core/loop/callback.h"

extern const mien_callback_kind mien_callback_divergence, ///< ends when the loss is lost
    mien_callback_early_stopping,                         ///< ends when validation is at its best
    mien_callback_history,                                ///< history.csv
    mien_callback_model,                                  ///< the best epoch's weights and manifest
    mien_callback_checkpoint,                             ///< last.checkpoint
    mien_callback_tensorboard,                            ///< events.out.tfevents.…
    mien_callback_report,                                 ///< report.html
    mien_callback_progress;                               ///< what is seen meanwhile

#endif
