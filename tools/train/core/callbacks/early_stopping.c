// SPDX-License-Identifier: Apache-2.0
// Ends training after so many epochs without a better validation.
#include "tools/train/core/loop/state.h"

typedef struct state {
    double waited;         ///< epochs
    double accuracy, loss; ///< of the best validation; 0 and 0 before the first epoch
} state;

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)error;
    state *const seen = memory;
    const uint32_t patience = trainer->recipe->train.patience;
    const bool better =
        event->epoch == 1 || mien_training_is_better(trainer, event, seen->accuracy, seen->loss);
    if (better) {
        seen->accuracy = event->validation_accuracy;
        seen->loss = event->validation_loss;
    }
    seen->waited = better ? 0 : seen->waited + 1;
    if (patience > 0 && seen->waited >= patience && event->epoch < event->epochs) {
        mien_trainer_say("stops early: no better validation in %u epochs", patience);
        *stop = true;
    }
    return MIEN_OK;
}

static double *memory_of(void *memory, size_t *count) {
    *count = sizeof(state) / sizeof(double);
    return memory;
}

const mien_callback_kind mien_callback_early_stopping = {.name = "early_stopping",
                                                         .stage = MIEN_STAGE_DECIDE,
                                                         .state_size = sizeof(state),
                                                         .epoch = epoch,
                                                         .memory = memory_of};
