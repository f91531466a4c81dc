// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/optimizer/schedule.h"

#include <math.h>
#include <stdbool.h>

enum { LOWEST, WAITED, FALLS };

static double factor_of(const mien_schedule *schedule, uint64_t step) {
    const double falls = schedule->memory[FALLS];
    double done;
    switch (schedule->kind) {
    case MIEN_SCHEDULE_COSINE:
        if (schedule->steps <= schedule->warmup_steps) {
            return 1;
        }
        done = (double)(step - schedule->warmup_steps) /
               (double)(schedule->steps - schedule->warmup_steps);
        return schedule->final + (1 - schedule->final) * 0.5 * (1 + cos(M_PI * fmin(done, 1)));
    case MIEN_SCHEDULE_STEP:
        return pow(schedule->step_factor,
                   (double)(step / (schedule->epoch_steps * schedule->step_epochs)));
    case MIEN_SCHEDULE_PLATEAU:
        return pow(schedule->factor, falls);
    case MIEN_SCHEDULE_CONSTANT:
        break;
    }
    return 1;
}

double mien_schedule_rate(const mien_schedule *schedule, uint64_t step) {
    if (step < schedule->warmup_steps) {
        return schedule->rate * (double)(step + 1) / (double)schedule->warmup_steps;
    }
    return schedule->rate * factor_of(schedule, step);
}

void mien_schedule_epoch(mien_schedule *schedule, double validation_loss) {
    double *const memory = schedule->memory;
    const bool first = memory[LOWEST] == 0 && memory[WAITED] == 0 && memory[FALLS] == 0;
    if (first || validation_loss < memory[LOWEST]) {
        memory[LOWEST] = validation_loss;
        memory[WAITED] = 0;
    } else if (++memory[WAITED] >= schedule->patience) {
        memory[FALLS]++;
        memory[WAITED] = 0;
    }
}
