// SPDX-License-Identifier: Apache-2.0
/// @file
/// last.checkpoint: all that a run needs to go on as if it had not ended, in one safetensors file.
#ifndef MIEN_TRAIN_LOOP_CHECKPOINT_H
#define MIEN_TRAIN_LOOP_CHECKPOINT_H

#include "tools/train/core/loop/trainer.h"

#define MIEN_CHECKPOINT_FILE "last.checkpoint"

/// Errors: MIEN_IO (an earlier checkpoint stays as it is), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_checkpoint_save(mien_trainer *trainer, mien_error *error);

/// Brings network, optimizer, counters and callbacks to where the checkpoint was. Errors:
/// MIEN_NOT_FOUND, MIEN_BAD_INPUT (damaged, of another recipe or of other data), MIEN_IO,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_checkpoint_load(mien_trainer *trainer, mien_error *error);

#endif
