// SPDX-License-Identifier: Apache-2.0
// The loop.
#include "tools/train/core/loop/trainer.h"

#include "host/cli/progress.h"
#include "tools/train/core/loop/checkpoint.h"
#include "tools/train/core/loop/state.h"
#include "tools/train/core/loss.h"

#include <string.h>

static mien_training_event event_of(const mien_trainer *trainer) {
    const mien_training_numbers *const numbers = &trainer->numbers;
    const uint64_t step = (uint64_t)numbers->step;
    const double seconds = mien_seconds() - trainer->run_started;
    return (mien_training_event){
        .step = step,
        .steps = (uint64_t)trainer->epoch_steps * trainer->recipe->train.epochs,
        // The epoch at hand, from 1: its last step is its own.
        .epoch = (uint32_t)((step + trainer->epoch_steps - 1) / trainer->epoch_steps),
        .epochs = trainer->recipe->train.epochs,
        .seconds = trainer->seconds_before + seconds,
        .pictures_per_second = trainer->training_seconds > 0
                                   ? (double)(step - trainer->first_step) * (double)trainer->batch /
                                         trainer->training_seconds
                                   : 0,
    };
}

static mien_status call_step(mien_trainer *trainer, const mien_training_event *event,
                             mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; mien_callbacks[i] && status == MIEN_OK; i++) {
        if (mien_callbacks[i]->step) {
            status = mien_callbacks[i]->step(trainer->states[i], trainer, event, error);
        }
    }
    return status;
}

static mien_status call_epoch(mien_trainer *trainer, const mien_training_event *event, bool *stop,
                              mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; mien_callbacks[i] && status == MIEN_OK; i++) {
        if (mien_callbacks[i]->epoch) {
            status = mien_callbacks[i]->epoch(trainer->states[i], trainer, event, stop, error);
        }
    }
    return status;
}

/// Forward, loss, backward, update.
static mien_status learn(mien_trainer *trainer, mien_training_event *event, mien_error *error) {
    mien_training_numbers *const numbers = &trainer->numbers;
    mien_network *const network = trainer->network;
    const mien_input_spec *const input = &trainer->declaration->input;
    const size_t picture = (size_t)input->height * input->width * input->channels;
    const uint64_t step = (uint64_t)numbers->step;
    const mien_batch *const batch = mien_feeder_next(trainer->feeder);
    memcpy(mien_network_input(network), batch->pictures,
           trainer->batch * picture * sizeof *batch->pictures);
    mien_status status = mien_network_forward(network, MIEN_MODE_TRAIN, step, error);
    if (status != MIEN_OK) {
        return status;
    }
    const float *const logits = mien_network_logits(network);
    event->loss =
        mien_loss_cross_entropy(logits, batch->targets, trainer->class_weights, trainer->batch,
                                trainer->classes, mien_network_logit_gradients(network));
    const size_t correct =
        mien_loss_correct(logits, batch->targets, trainer->batch, trainer->classes);
    event->accuracy = (double)correct / (double)trainer->batch;
    status = mien_network_backward(network, error);
    if (status == MIEN_OK) {
        event->rate = mien_schedule_rate(&trainer->schedule, step);
        event->gradient_norm = mien_optimizer_step(trainer->optimizer, event->rate);
        numbers->losses += event->loss;
        numbers->correct += (double)correct;
        numbers->pictures += (double)trainer->batch;
        numbers->steps++;
    }
    return status;
}

static mien_status train_step(mien_trainer *trainer, mien_training_event *event,
                              mien_error *error) {
    const double started = mien_seconds();
    mien_training_event learned = {0};
    mien_status status = learn(trainer, &learned, error);
    if (status != MIEN_OK) {
        return status;
    }
    trainer->numbers.step++;
    trainer->training_seconds += mien_seconds() - started;
    *event = event_of(trainer);
    event->loss = learned.loss;
    event->accuracy = learned.accuracy;
    event->rate = learned.rate;
    event->gradient_norm = learned.gradient_norm;
    trainer->numbers.seconds = event->seconds;
    return call_step(trainer, event, error);
}

static bool is_better(const mien_training_numbers *numbers, const mien_training_event *event) {
    return event->validation_accuracy > numbers->best_accuracy ||
           (event->validation_accuracy == numbers->best_accuracy &&
            event->validation_loss < numbers->best_loss);
}

/// Validation with the averaged values, then what callbacks make of it. `event` is the last step's.
static mien_status end_epoch(mien_trainer *trainer, mien_training_event *event, bool *stop,
                             mien_error *error) {
    mien_training_numbers *const numbers = &trainer->numbers;
    mien_optimizer_swap_average(trainer->optimizer);
    mien_status status =
        mien_trainer_validate(trainer, &event->validation_loss, &event->validation_accuracy, error);
    mien_optimizer_swap_average(trainer->optimizer);
    if (status != MIEN_OK) {
        return status;
    }
    event->loss = numbers->losses / numbers->steps;
    event->accuracy = numbers->correct / numbers->pictures;
    event->best = is_better(numbers, event);
    if (event->best) {
        numbers->best_accuracy = event->validation_accuracy;
        numbers->best_loss = event->validation_loss;
        numbers->best_epoch = event->epoch;
    }
    numbers->losses = numbers->correct = numbers->pictures = numbers->steps = 0;
    trainer->training_seconds = 0; // the next epoch's speed is its own
    trainer->first_step = event->step;
    numbers->seconds = event->seconds;
    mien_schedule_epoch(&trainer->schedule, event->validation_loss);
    memcpy(numbers->schedule, trainer->schedule.memory, sizeof numbers->schedule);
    return call_epoch(trainer, event, stop, error);
}

static mien_status interrupt(mien_trainer *trainer, mien_error *error) {
    const mien_status status = mien_checkpoint_save(trainer, error);
    return status == MIEN_OK
               ? mien_fail(error, MIEN_CANCELLED, "interrupted after step %.0f; --resume goes on",
                           trainer->numbers.step)
               : status;
}

static mien_status loop(mien_trainer *trainer, mien_error *error) {
    const uint64_t steps = (uint64_t)trainer->epoch_steps * trainer->recipe->train.epochs;
    mien_status status = MIEN_OK;
    bool stop = trainer->numbers.stopped != 0;
    while (status == MIEN_OK && !stop && (uint64_t)trainer->numbers.step < steps) {
        mien_training_event event;
        status = train_step(trainer, &event, error);
        if (status == MIEN_OK && event.step % trainer->epoch_steps == 0) {
            status = end_epoch(trainer, &event, &stop, error);
        }
        if (status == MIEN_OK && trainer->options.cancelled && trainer->options.cancelled()) {
            status = interrupt(trainer, error);
        }
    }
    return status;
}

mien_status mien_trainer_run(mien_trainer *trainer, mien_error *error) {
    mien_status status = MIEN_OK;
    size_t started = 0;
    trainer->run_started = mien_seconds();
    trainer->seconds_before = trainer->numbers.seconds;
    trainer->first_step = (uint64_t)trainer->numbers.step;
    while (mien_callbacks[started] && status == MIEN_OK) {
        const mien_callback_kind *const kind = mien_callbacks[started];
        if (kind->start) {
            status = kind->start(trainer->states[started], trainer, error);
        }
        started++;
    }
    if (status == MIEN_OK) {
        status = loop(trainer, error);
    }
    while (started-- > 0) {
        if (mien_callbacks[started]->end) {
            mien_callbacks[started]->end(trainer->states[started], trainer);
        }
    }
    return status;
}
