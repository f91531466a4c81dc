// SPDX-License-Identifier: Apache-2.0
// Temperature scaling (Guo et al., 2017, "On Calibration of Modern Neural Networks").
#include "host/fit/methods.h"
#include "host/fit/minimise.h"

#include <math.h>
#include <stdlib.h>

enum { VALLEYS = 40 };

static const double farthest = 3.9120230054281460; // ln 50

typedef struct {
    const mien_fit_sample *sample;
    size_t member;
    double *logs; ///< of one picture
} scaling;

/// By the temperature's logarithm, in which twice and half are equally far.
static double loss(const void *context, double logarithm) {
    const scaling *what = context;
    const mien_fit_sample *sample = what->sample;
    const double temperature = exp(logarithm);
    double sum = logarithm * logarithm / 2;
    for (size_t i = 0; i < sample->pictures; i++) {
        const float *logits =
            sample->ballots + (i * sample->members + what->member) * sample->classes;
        mien_log_probabilities(logits, sample->classes, temperature, what->logs);
        sum -= what->logs[sample->labels[i]];
    }
    return sum;
}

mien_status mien_fit_temperatures(const mien_fit_sample *sample, double *temperatures,
                                  mien_error *error) {
    double *const logs = calloc(sample->classes, sizeof *logs);
    if (!logs) {
        return mien_fail_memory(error, "a fit");
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sample->members && status == MIEN_OK; i++) {
        const scaling what = {sample, i, logs};
        double logarithm = 0;
        status = mien_minimise_line(loss, &what, -farthest, farthest, VALLEYS, &logarithm, error);
        temperatures[i] = exp(logarithm);
    }
    free(logs);
    return status;
}
