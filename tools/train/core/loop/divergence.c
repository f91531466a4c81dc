// SPDX-License-Identifier: Apache-2.0
// Ends training when the loss is lost, and says when that was and at which rate.
#include "tools/train/core/loop/callbacks.h"

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

static double *memory_of(void *memory, size_t *count) {
    *count = sizeof(state) / sizeof(double);
    return memory;
}

const mien_callback_kind mien_callback_divergence = {
    .name = "divergence", .state_size = sizeof(state), .step = step, .memory = memory_of};
