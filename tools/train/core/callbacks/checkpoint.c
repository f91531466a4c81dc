// SPDX-License-Identifier: Apache-2.0
// Keeps last.checkpoint: once an epoch, or every so many steps.
#include "tools/train/core/loop/checkpoint.h"

#include "tools/train/core/loop/state.h"

static mien_status step(void *memory, mien_trainer *trainer, const mien_training_event *event,
                        mien_error *error) {
    (void)memory;
    const uint32_t every = trainer->recipe->train.checkpoint_steps;
    const bool epoch_ends = event->step % trainer->epoch_steps == 0; // and is kept then
    return every > 0 && event->step % every == 0 && !epoch_ends
               ? mien_checkpoint_save(trainer, error)
               : MIEN_OK;
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)memory;
    (void)event;
    (void)stop;
    return mien_checkpoint_save(trainer, error);
}

const mien_callback_kind mien_callback_checkpoint = {.name = "checkpoint",
                                                     .stage = MIEN_STAGE_CHECKPOINT,
                                                     .outward = true,
                                                     .step = step,
                                                     .epoch = epoch};
