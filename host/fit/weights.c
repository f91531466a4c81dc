// SPDX-License-Identifier: Apache-2.0
// Weights of a soft vote: shares of a mixture, found as the softmax of free numbers.
#include "host/fit/methods.h"
#include "host/fit/minimise.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    size_t pictures, members;
    double *truths; ///< pictures × members: the label's probability
    double *shares; ///< members
} mixture;

/// Returns Σ ln w, and leaves the weights in `shares`.
static double soften(const mixture *what, const double *x) {
    double largest = -(double)INFINITY, sum = 0, logs = 0;
    for (size_t m = 0; m < what->members; m++) {
        largest = fmax(largest, x[m]);
    }
    for (size_t m = 0; m < what->members; m++) {
        sum += what->shares[m] = exp(x[m] - largest);
        logs += x[m] - largest;
    }
    for (size_t m = 0; m < what->members; m++) {
        what->shares[m] /= sum;
    }
    return logs - (double)what->members * log(sum);
}

/// Of a picture.
static double loss(const void *context, const double *x, double *gradient) {
    const mixture *what = context;
    const double n = (double)what->pictures, m = (double)what->members;
    double sum = -soften(what, x);
    for (size_t k = 0; k < what->members; k++) {
        gradient[k] = ((n + m) * what->shares[k] - 1) / n;
    }
    for (size_t i = 0; i < what->pictures; i++) {
        const double *row = what->truths + i * what->members;
        double mixed = 0;
        for (size_t k = 0; k < what->members; k++) {
            mixed += what->shares[k] * row[k];
        }
        mixed = fmax(mixed, DBL_MIN);
        sum -= log(mixed);
        for (size_t k = 0; k < what->members; k++) {
            gradient[k] -= what->shares[k] * row[k] / mixed / n;
        }
    }
    return sum / n;
}

static void ask(const mien_fit_sample *sample, const double *temperatures, double *logs,
                const mixture *what) {
    for (size_t i = 0; i < sample->pictures * sample->members; i++) {
        mien_log_probabilities(sample->ballots + i * sample->classes, sample->classes,
                               temperatures[i % sample->members], logs);
        // What all members hold impossible tells nothing between them.
        what->truths[i] = fmax(exp(logs[sample->labels[i / sample->members]]), DBL_MIN);
    }
}

mien_status mien_fit_weights(const mien_fit_sample *sample, const double *temperatures,
                             double *weights, mien_error *error) {
    mixture what = {.pictures = sample->pictures, .members = sample->members};
    what.truths = reallocarray(NULL, sample->pictures, sample->members * sizeof *what.truths);
    what.shares = calloc(sample->members, sizeof *what.shares);
    double *const logs = calloc(sample->classes, sizeof *logs);
    double *const x = calloc(sample->members, sizeof *x);
    mien_status status =
        what.truths && what.shares && logs && x ? MIEN_OK : mien_fail_memory(error, "a fit");
    if (status == MIEN_OK) {
        ask(sample, temperatures, logs, &what);
        status = mien_minimise(loss, &what, x, sample->members, error);
    }
    if (status == MIEN_OK) {
        soften(&what, x);
        for (size_t m = 0; m < sample->members; m++) {
            weights[m] = what.shares[m];
        }
    }
    free(what.truths);
    free(what.shares);
    free(logs);
    free(x);
    return status;
}
