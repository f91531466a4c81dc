// SPDX-License-Identifier: Apache-2.0
// Ends training after so many epochs without a better validation.
#include "tools/train/core/loop/callbacks.h"

#include "tools/train/core/loop/state.h"

typedef struct state {
    double waited; ///< epochs
} state;

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)error;
    state *const seen = memory;
    const uint32_t patience = trainer->recipe->train.patience;
    seen->waited = event->best ? 0 : seen->waited + 1;
    if (patience > 0 && seen->waited >= patience && event->epoch < event->epochs) {
        mien_trainer_say("stops early: no better validation in %u epochs", patience);
        trainer->numbers.stopped = 1;
        *stop = true;
    }
    return MIEN_OK;
}

static double *memory_of(void *memory, size_t *count) {
    *count = sizeof(state) / sizeof(double);
    return memory;
}

const mien_callback_kind mien_callback_early_stopping = {
    .name = "early_stopping", .state_size = sizeof(state), .epoch = epoch, .memory = memory_of};
