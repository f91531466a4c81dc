// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/callbacks.h"

#include "tools/train/core/loop/state.h"

// Whatever ends training or changes memory comes before the checkpoint; what is not
// needed to go on comes after it, so that a full disk has the checkpoint first.
const mien_callback_kind *const mien_callbacks[] = {
    &mien_callback_divergence, &mien_callback_early_stopping, &mien_callback_history,
    &mien_callback_model,      &mien_callback_checkpoint,     &mien_callback_tensorboard,
    &mien_callback_report,     &mien_callback_progress,       NULL,
};

size_t mien_callback_count(void) {
    return sizeof mien_callbacks / sizeof *mien_callbacks - 1;
}
