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

/// Whether this process calls a callback.
static bool calls(const mien_trainer *trainer, const mien_callback *callback) {
    return !callback->kind->outward || mien_processes_rank(trainer->options.processes) == 0;
}

static mien_status call_update(mien_trainer *trainer, mien_training_event *event,
                               mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < trainer->callback_count && status == MIEN_OK; i++) {
        const mien_callback *const callback = &trainer->callbacks[i];
        if (callback->kind->update) {
            status = callback->kind->update(callback->state, trainer, event, error);
        }
    }
    return status;
}

static mien_status call_step(mien_trainer *trainer, const mien_training_event *event,
                             mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < trainer->callback_count && status == MIEN_OK; i++) {
        const mien_callback *const callback = &trainer->callbacks[i];
        if (callback->kind->step && calls(trainer, callback)) {
            status = callback->kind->step(callback->state, trainer, event, error);
        }
    }
    return status;
}

/// A checkpoint of this epoch knows of a stop that was decided before it.
static mien_status call_epoch(mien_trainer *trainer, const mien_training_event *event, bool *stop,
                              mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < trainer->callback_count && status == MIEN_OK; i++) {
        const mien_callback *const callback = &trainer->callbacks[i];
        if (callback->kind->epoch && calls(trainer, callback)) {
            status = callback->kind->epoch(callback->state, trainer, event, stop, error);
            trainer->numbers.stopped = *stop;
        }
    }
    return status;
}

/// The loss and how many are right, of the whole batch; and the mean gradient over all processes.
static void share(mien_trainer *trainer, double *loss, double *correct) {
    const mien_reducer *const reducer = mien_processes_reducer(trainer->options.processes);
    if (!reducer) {
        return;
    }
    size_t count;
    mien_network_values(trainer->network, &count);
    float *const gradients = mien_network_gradients(trainer->network);
    reducer->sum(reducer->context, gradients, count);
    for (size_t i = 0; i < count; i++) {
        gradients[i] /= (float)reducer->processes;
    }
    double sums[] = {*loss, *correct};
    mien_processes_sum(trainer->options.processes, sums, 2);
    *loss = sums[0] / reducer->processes;
    *correct = sums[1];
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
           trainer->rows * picture * sizeof *batch->pictures);
    mien_status status = mien_network_forward(network, MIEN_MODE_TRAIN, step, error);
    if (status != MIEN_OK) {
        return status;
    }
    const float *const logits = mien_network_logits(network);
    event->loss =
        mien_loss_cross_entropy(logits, batch->targets, trainer->class_weights, trainer->rows,
                                trainer->classes, mien_network_logit_gradients(network));
    double correct =
        (double)mien_loss_correct(logits, batch->targets, trainer->rows, trainer->classes);
    status = mien_network_backward(network, error);
    if (status == MIEN_OK) {
        share(trainer, &event->loss, &correct);
        event->accuracy = correct / (double)trainer->batch;
        event->step = step + 1;
        event->rate = trainer->recipe->optimizer.rate;
        status = call_update(trainer, event, error);
    }
    if (status == MIEN_OK) {
        event->gradient_norm = mien_optimizer_step(trainer->optimizer, event->rate);
        numbers->losses += event->loss;
        numbers->correct += correct;
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
        mien_processes_break(trainer->options.processes);
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
    return MIEN_OK;
}

bool mien_training_is_better(const mien_trainer *trainer, const mien_training_event *event,
                             double accuracy, double loss) {
    if (trainer->recipe->train.keep == MIEN_KEEP_LOSS) {
        return accuracy < 0 || event->validation_loss < loss;
    }
    return event->validation_accuracy > accuracy ||
           (event->validation_accuracy == accuracy && event->validation_loss < loss);
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
    event->best =
        trainer->recipe->train.keep == MIEN_KEEP_LAST ||
        mien_training_is_better(trainer, event, numbers->best_accuracy, numbers->best_loss);
    if (event->best) {
        numbers->best_accuracy = event->validation_accuracy;
        numbers->best_loss = event->validation_loss;
        numbers->best_epoch = event->epoch;
    }
    numbers->losses = numbers->correct = numbers->pictures = numbers->steps = 0;
    trainer->training_seconds = 0; // the next epoch's speed is its own
    trainer->first_step = event->step;
    numbers->seconds = event->seconds;
    status = call_epoch(trainer, event, stop, error);
    return mien_processes_agree(trainer->options.processes, status, error);
}

static bool is_cancelled(const mien_trainer *trainer) {
    const bool mine = trainer->options.cancelled && trainer->options.cancelled();
    return mien_processes_any(trainer->options.processes, mine);
}

static mien_status interrupt(mien_trainer *trainer, mien_error *error) {
    mien_processes *const processes = trainer->options.processes;
    mien_status status =
        mien_processes_rank(processes) == 0 ? mien_checkpoint_save(trainer, error) : MIEN_OK;
    status = mien_processes_agree(processes, status, error);
    return status == MIEN_OK
               ? mien_fail(error, MIEN_CANCELLED, "interrupted after step %.0f; --resume goes on",
                           trainer->numbers.step)
               : status;
}

/// What callbacks make of a step, and at its end of an epoch.
static mien_status tell(mien_trainer *trainer, mien_training_event *event, bool *stop,
                        mien_error *error) {
    mien_status status = call_step(trainer, event, error);
    if (event->step % trainer->epoch_steps == 0) { // validation is everybody's
        status = mien_processes_agree(trainer->options.processes, status, error);
    }
    if (status == MIEN_OK && event->step % trainer->epoch_steps == 0) {
        status = end_epoch(trainer, event, stop, error);
        *stop = status == MIEN_OK && mien_processes_any(trainer->options.processes, *stop);
    }
    return status;
}

static mien_status loop(mien_trainer *trainer, mien_error *error) {
    const uint64_t steps = (uint64_t)trainer->epoch_steps * trainer->recipe->train.epochs;
    mien_status status = MIEN_OK;
    bool stop = trainer->numbers.stopped != 0;
    while (status == MIEN_OK && !stop && (uint64_t)trainer->numbers.step < steps) {
        mien_training_event event;
        status = train_step(trainer, &event, error);
        if (status == MIEN_OK) {
            status = tell(trainer, &event, &stop, error);
        }
        status = mien_processes_agree(trainer->options.processes, status, error);
        if (status == MIEN_OK && is_cancelled(trainer)) {
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
    while (started < trainer->callback_count && status == MIEN_OK) {
        const mien_callback *const callback = &trainer->callbacks[started++];
        if (callback->kind->start && calls(trainer, callback)) {
            status = callback->kind->start(callback->state, trainer, error);
        }
    }
    status = mien_processes_agree(trainer->options.processes, status, error);
    if (status == MIEN_OK) {
        status = loop(trainer, error);
    }
    while (started-- > 0) {
        const mien_callback *const callback = &trainer->callbacks[started];
        if (callback->kind->end && calls(trainer, callback)) {
            callback->kind->end(callback->state, trainer);
        }
    }
    return status;
}
