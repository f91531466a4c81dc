// SPDX-License-Identifier: Apache-2.0
// An event file a run, for TensorBoard: what history.csv has.
#include "tools/train/core/loop/events.h"
#include "tools/train/core/loop/state.h"

typedef struct state {
    mien_events *events; ///< NULL before the first epoch, so that runs that fail leave no file
    uint64_t first;      ///< steps done when the run began
} state;

static mien_status start(void *memory, mien_trainer *trainer, mien_error *error) {
    (void)error;
    ((state *)memory)->first = (uint64_t)trainer->numbers.step;
    return MIEN_OK;
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)stop;
    state *const board = memory;
    const mien_scalar scalars[] = {
        {"loss/training", event->loss},
        {"loss/validation", event->validation_loss},
        {"accuracy/training", event->accuracy},
        {"accuracy/validation", event->validation_accuracy},
        {"run/rate", event->rate},
        {"run/gradient_norm", event->gradient_norm},
        {"run/pictures_per_second", event->pictures_per_second},
    };
    mien_status status = MIEN_OK;
    if (!board->events) {
        status = mien_events_open(trainer->options.output, board->first, &board->events, error);
    }
    return status == MIEN_OK ? mien_events_add(board->events, event->step, scalars,
                                               sizeof scalars / sizeof *scalars, error)
                             : status;
}

static void end(void *memory, mien_trainer *trainer) {
    (void)trainer;
    mien_events_close(((state *)memory)->events);
}

const mien_callback_kind mien_callback_tensorboard = {.name = "tensorboard",
                                                      .stage = MIEN_STAGE_TELL,
                                                      .state_size = sizeof(state),
                                                      .outward = true,
                                                      .start = start,
                                                      .epoch = epoch,
                                                      .end = end};
