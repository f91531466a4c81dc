// SPDX-License-Identifier: Apache-2.0
#include "host/fit/fit.h"

#include "host/fit/methods.h"
#include "host/probabilities.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// What a manifest's `intercept` and `coefficients` hold.
enum { MOST_STACKED = 64 };

static void round_numbers(double *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[32];
        snprintf(text, sizeof text, "%.6g", numbers[i]);
        numbers[i] = strtod(text, NULL);
    }
}

/// Weights, temperatures, intercepts, coefficients, in this order.
static mien_status prepare(const mien_fit_sample *sample, bool stack, const mien_combination *from,
                           mien_fit *fit, size_t *count, mien_error *error) {
    const size_t members = sample->members, classes = sample->classes;
    *count = 2 * members + (stack ? classes + members * classes * classes : 0);
    double *const numbers = calloc(*count, sizeof *numbers);
    if (!numbers) {
        return mien_fail_memory(error, "a fit");
    }
    for (size_t i = 0; i < members; i++) {
        numbers[i] = stack ? 1 : from->weights[i];
        numbers[members + i] = from->temperatures[i];
    }
    fit->numbers = numbers;
    fit->how = (mien_combination){.rule = stack ? MIEN_ENSEMBLE_STACK : MIEN_ENSEMBLE_SOFT,
                                  .members = members,
                                  .classes = classes,
                                  .weights = numbers,
                                  .temperatures = numbers + members,
                                  .intercepts = numbers + 2 * members,
                                  .coefficients = numbers + 2 * members + classes};
    return MIEN_OK;
}

static mien_status find(const mien_fit_sample *sample, mien_fit_method method, double penalty,
                        double *numbers, mien_error *error) {
    double *const weights = numbers, *const temperatures = numbers + sample->members;
    double *const intercepts = temperatures + sample->members;
    mien_status status = MIEN_OK;
    if (method == MIEN_FIT_STACK) {
        return mien_fit_stack(sample, temperatures, penalty, intercepts + sample->classes,
                              intercepts, error);
    }
    if (method != MIEN_FIT_WEIGHTS) {
        status = mien_fit_temperatures(sample, temperatures, error);
    }
    if (method != MIEN_FIT_TEMPERATURE && status == MIEN_OK) {
        status = mien_fit_weights(sample, temperatures, weights, error);
    }
    return status;
}

mien_status mien_fit_make(const mien_fit_sample *sample, mien_fit_method method,
                          const mien_combination *from, double penalty, mien_fit *fit,
                          mien_error *error) {
    const bool stack = method == MIEN_FIT_STACK;
    size_t count = 0;
    if (sample->pictures == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "there are no pictures to fit to");
    }
    if (stack && sample->classes > MOST_STACKED) {
        return mien_fail(error, MIEN_UNSUPPORTED, "%zu classes; at most %d can be stacked",
                         sample->classes, MOST_STACKED);
    }
    mien_fit made = {0};
    mien_status status = prepare(sample, stack, from, &made, &count, error);
    if (status == MIEN_OK) {
        status = find(sample, method, penalty, made.numbers, error);
    }
    if (status != MIEN_OK) {
        mien_fit_clear(&made);
        return status;
    }
    round_numbers(made.numbers, count);
    *fit = made;
    return MIEN_OK;
}

void mien_fit_clear(mien_fit *fit) {
    free(fit->numbers);
    *fit = (mien_fit){0};
}

mien_status mien_fit_score(const mien_fit_sample *sample, const mien_combination *how,
                           mien_scores *scores, mien_error *error) {
    const size_t classes = sample->classes;
    double *const numbers = calloc(3 * classes, sizeof *numbers);
    float *const logits = calloc(classes, sizeof *logits);
    mien_status status = numbers && logits ? MIEN_OK : mien_fail_memory(error, "a fit");
    for (size_t i = 0; i < sample->pictures && status == MIEN_OK; i++) {
        mien_combine(how, how->members, sample->ballots + i * sample->members * classes, numbers,
                     logits);
        mien_probabilities(logits, classes, numbers + 2 * classes);
        status = mien_scores_add(scores, sample->labels[i], numbers + 2 * classes, error);
    }
    free(numbers);
    free(logits);
    return status;
}

mien_status mien_fit_part(const mien_fit_sample *sample, const uint8_t *folds, uint8_t fold,
                          bool inside, mien_fit_sample *part, mien_error *error) {
    const size_t row = sample->members * sample->classes;
    size_t count = 0;
    for (size_t i = 0; i < sample->pictures; i++) {
        count += (folds[i] == fold) == inside;
    }
    float *const ballots = reallocarray(NULL, count + 1, row * sizeof *ballots);
    uint32_t *const labels = calloc(count + 1, sizeof *labels);
    if (!ballots || !labels) {
        free(ballots);
        free(labels);
        return mien_fail_memory(error, "a fit");
    }
    size_t at = 0;
    for (size_t i = 0; i < sample->pictures; i++) {
        if ((folds[i] == fold) == inside) {
            memcpy(ballots + at * row, sample->ballots + i * row, row * sizeof *ballots);
            labels[at++] = sample->labels[i];
        }
    }
    *part = (mien_fit_sample){.pictures = count,
                              .members = sample->members,
                              .classes = sample->classes,
                              .ballots = ballots,
                              .labels = labels};
    return MIEN_OK;
}

void mien_fit_sample_clear(mien_fit_sample *part) {
    free((void *)part->ballots);
    free((void *)part->labels);
    *part = (mien_fit_sample){0};
}
