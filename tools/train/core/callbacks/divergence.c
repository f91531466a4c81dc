// SPDX-License-Identifier: Apache-2.0
// Ends training when the loss is lost, and says when that was and at which rate.
#include "tools/train/core/loop/state.h"

#include <math.h>

enum { SETTLED = 20 };                          ///< steps before a mean means anything
static const double decay = 0.9, hopeless = 10; ///< times the loss of guessing

typedef struct state {
    double steps, mean;
} state;

static mien_status diverged(const mien_training_event *event, const char *what, double value,
                            mien_error *error) {
    return mien_fail(error, MIEN_INTERNAL,
                     "training diverged at step %llu, in epoch %u, at learning rate %g: the %s is "
                     "%g; lower optimizer.rate, raise schedule.warmup_steps or set optimizer.clip",
                     (unsigned long long)event->step, event->epoch, event->rate, what,
                     fabs(value)); // neither is negative, but x86's NaN, which printf shows as -nan
}

static mien_status step(void *memory, mien_trainer *trainer, const mien_training_event *event,
                        mien_error *error) {
    state *const seen = memory;
    const double loss = event->loss;
    seen->mean = seen->steps == 0 ? loss : decay * seen->mean + (1 - decay) * loss;
    seen->steps++;
    const bool lost =
        seen->steps >= SETTLED && seen->mean > hopeless * log((double)trainer->classes);
    if (!isfinite(loss) || lost) {
        return diverged(event, "loss", lost ? seen->mean : loss, error);
    }
    return isfinite(event->gradient_norm)
               ? MIEN_OK
               : diverged(event, "gradients' norm", event->gradient_norm, error);
}

/// At an epoch's end the mean counts however few its steps, and the values that would be kept must
/// be good for an answer.
static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)stop;
    const state *const seen = memory;
    if (seen->mean > hopeless * log((double)trainer->classes)) {
        return diverged(event, "loss", seen->mean, error);
    }
    return isfinite(event->validation_loss)
               ? MIEN_OK
               : diverged(event, "validation loss", event->validation_loss, error);
}

static double *memory_of(void *memory, size_t *count) {
    *count = sizeof(state) / sizeof(double);
    return memory;
}

const mien_callback_kind mien_callback_divergence = {.name = "divergence",
                                                     .stage = MIEN_STAGE_DECIDE,
                                                     .state_size = sizeof(state),
                                                     .step = step,
                                                     .epoch = epoch,
                                                     .memory = memory_of};
