// SPDX-License-Identifier: Apache-2.0
// Gives each step its learning rate, as the recipe's schedule says.
#include "tools/train/core/optimizer/schedule.h"
#include "tools/train/core/loop/state.h"

static mien_status start(void *memory, mien_trainer *trainer, mien_error *error) {
    (void)error;
    mien_schedule *const schedule = memory;
    const mien_recipe_schedule *const recipe = &trainer->recipe->schedule;
    schedule->kind = (mien_schedule_kind)recipe->kind;
    schedule->rate = trainer->recipe->optimizer.rate;
    schedule->steps = (uint64_t)trainer->epoch_steps * trainer->recipe->train.epochs;
    schedule->epoch_steps = trainer->epoch_steps;
    schedule->warmup_steps = recipe->warmup_steps;
    schedule->final = recipe->final;
    schedule->step_epochs = recipe->step_epochs;
    schedule->step_factor = recipe->step_factor;
    schedule->patience = recipe->patience;
    schedule->factor = recipe->factor;
    return MIEN_OK;
}

static mien_status update(void *memory, mien_trainer *trainer, mien_training_event *event,
                          mien_error *error) {
    (void)trainer;
    (void)error;
    event->rate = mien_schedule_rate(memory, event->step - 1);
    return MIEN_OK;
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)trainer;
    (void)stop;
    (void)error;
    mien_schedule_epoch(memory, event->validation_loss);
    return MIEN_OK;
}

static double *memory_of(void *memory, size_t *count) {
    *count = MIEN_SCHEDULE_MEMORY;
    return ((mien_schedule *)memory)->memory;
}

const mien_callback_kind mien_callback_schedule = {.name = "schedule",
                                                   .stage = MIEN_STAGE_DECIDE,
                                                   .state_size = sizeof(mien_schedule),
                                                   .start = start,
                                                   .update = update,
                                                   .epoch = epoch,
                                                   .memory = memory_of};
