// SPDX-License-Identifier: Apache-2.0
// Stacking (Wolpert, 1992) by multinomial logistic regression on the members' log probabilities.
#include "host/fit/methods.h"
#include "host/fit/minimise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// The numbers are the intercepts, then each member's coefficients, a row an answered class.
typedef struct {
    const mien_fit_sample *sample;
    double penalty;
    double *features; ///< pictures × members × classes: log probabilities
    double *answer;   ///< one a class: sums, then probabilities less the truth
} regression;

/// Fills `answer` for a picture; returns −ln of the label's probability.
static double predict(const regression *what, const double *x, const double *features,
                      uint32_t label) {
    const size_t classes = what->sample->classes, members = what->sample->members;
    double largest = -(double)INFINITY, sum = 0;
    for (size_t k = 0; k < classes; k++) {
        double score = x[k];
        for (size_t m = 0; m < members; m++) {
            const double *row = x + classes + (m * classes + k) * classes;
            for (size_t j = 0; j < classes; j++) {
                score += row[j] * features[m * classes + j];
            }
        }
        what->answer[k] = score;
        largest = fmax(largest, score);
    }
    const double right = what->answer[label] - largest;
    for (size_t k = 0; k < classes; k++) {
        sum += what->answer[k] = exp(what->answer[k] - largest);
    }
    for (size_t k = 0; k < classes; k++) {
        what->answer[k] = what->answer[k] / sum - (k == label);
    }
    return log(sum) - right;
}

static void add_slope(const regression *what, const double *features, double *gradient) {
    const size_t classes = what->sample->classes, members = what->sample->members;
    const double share = 1 / (double)what->sample->pictures;
    for (size_t k = 0; k < classes; k++) {
        const double off = what->answer[k] * share;
        gradient[k] += off;
        for (size_t m = 0; m < members; m++) {
            double *row = gradient + classes + (m * classes + k) * classes;
            for (size_t j = 0; j < classes; j++) {
                row[j] += off * features[m * classes + j];
            }
        }
    }
}

/// Of a picture.
static double loss(const void *context, const double *x, double *gradient) {
    const regression *what = context;
    const mien_fit_sample *sample = what->sample;
    const size_t width = sample->members * sample->classes, slopes = width * sample->classes;
    const double n = (double)sample->pictures;
    double sum = 0;
    memset(gradient, 0, sample->classes * sizeof *gradient);
    for (size_t i = sample->classes; i < sample->classes + slopes; i++) {
        gradient[i] = what->penalty * x[i] / n;
        sum += what->penalty * x[i] * x[i] / 2;
    }
    for (size_t i = 0; i < sample->pictures; i++) {
        const double *features = what->features + i * width;
        sum += predict(what, x, features, sample->labels[i]);
        add_slope(what, features, gradient);
    }
    return sum / n;
}

/// Begins with the mean of the log probabilities, less what is the same for all classes.
static void begin(const mien_fit_sample *sample, double *x) {
    const size_t classes = sample->classes;
    for (size_t i = 0; i < sample->members * classes * classes; i++) {
        const bool same = i / classes % classes == i % classes;
        x[classes + i] = (same - 1 / (double)classes) / (double)sample->members;
    }
}

mien_status mien_fit_stack(const mien_fit_sample *sample, const double *temperatures,
                           double penalty, double *coefficients, double *intercepts,
                           mien_error *error) {
    const size_t classes = sample->classes, width = sample->members * classes;
    const size_t slopes = width * classes; // at most 64 × 64²
    regression what = {.sample = sample, .penalty = penalty};
    what.features = reallocarray(NULL, sample->pictures, width * sizeof *what.features);
    what.answer = calloc(classes, sizeof *what.answer);
    double *const x = calloc(classes + slopes, sizeof *x);
    mien_status status =
        what.features && what.answer && x ? MIEN_OK : mien_fail_memory(error, "a fit");
    if (status == MIEN_OK) {
        for (size_t i = 0; i < sample->pictures * sample->members; i++) {
            mien_log_probabilities(sample->ballots + i * classes, classes,
                                   temperatures[i % sample->members], what.features + i * classes);
        }
        begin(sample, x);
        status = mien_minimise(loss, &what, x, classes + slopes, error);
    }
    if (status == MIEN_OK) {
        memcpy(intercepts, x, classes * sizeof *x);
        memcpy(coefficients, x + classes, slopes * sizeof *x);
    }
    free(what.features);
    free(what.answer);
    free(x);
    return status;
}
