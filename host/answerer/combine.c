// SPDX-License-Identifier: Apache-2.0
#include "host/answerer/combine.h"

#include "host/probabilities.h"

#include <float.h>
#include <math.h>

void mien_log_probabilities(const float *logits, size_t count, double temperature, double *logs) {
    double largest = -INFINITY, sum = 0;
    for (size_t k = 0; k < count; k++) {
        logs[k] = (double)logits[k] / temperature;
        largest = fmax(largest, logs[k]);
    }
    for (size_t k = 0; k < count; k++) {
        sum += exp(logs[k] - largest);
    }
    const double subtracted = largest + log(sum);
    for (size_t k = 0; k < count; k++) {
        logs[k] -= subtracted;
    }
}

/// Adds a member's part to the shares of the classes.
static void add_part(const mien_combination *how, size_t member, const float *logits, double *logs,
                     double *shares) {
    if (how->rule == MIEN_ENSEMBLE_HARD) {
        shares[mien_top_value(logits, how->classes)] += how->weights[member];
        return;
    }
    mien_log_probabilities(logits, how->classes, how->temperatures[member], logs);
    if (how->rule == MIEN_ENSEMBLE_SOFT) {
        for (size_t k = 0; k < how->classes; k++) {
            shares[k] += how->weights[member] * exp(logs[k]);
        }
        return;
    }
    const double *row = how->coefficients + member * how->classes * how->classes;
    for (size_t k = 0; k < how->classes; k++) {
        for (size_t j = 0; j < how->classes; j++) {
            shares[k] += row[k * how->classes + j] * logs[j];
        }
    }
}

/// The voter where there is only one; else how->members.
static size_t find_only_voter(const mien_combination *how, size_t without) {
    if (how->members - (without < how->members) > 1) {
        return how->members;
    }
    return without == 0 ? 1 : 0;
}

void mien_combine(const mien_combination *how, size_t without, const float *ballots,
                  double *scratch, float *answer) {
    const size_t classes = how->classes, only = find_only_voter(how, without);
    if (only < how->members && how->rule == MIEN_ENSEMBLE_SOFT) {
        for (size_t k = 0; k < classes; k++) {
            answer[k] = (float)((double)ballots[only * classes + k] / how->temperatures[only]);
        }
        return;
    }
    double *const shares = scratch, *const logs = scratch + classes;
    for (size_t k = 0; k < classes; k++) {
        shares[k] = how->rule == MIEN_ENSEMBLE_STACK ? how->intercepts[k] : 0;
    }
    double total = 0;
    for (size_t i = 0; i < how->members; i++) {
        if (i != without) {
            add_part(how, i, ballots + i * classes, logs, shares);
            total += how->weights[i];
        }
    }
    for (size_t k = 0; k < classes; k++) {
        // A class without any share stays finite, as logits must.
        answer[k] = (float)(how->rule == MIEN_ENSEMBLE_STACK
                                ? fmax(fmin(shares[k], (double)FLT_MAX), (double)-FLT_MAX)
                                : log(fmax(shares[k] / total, DBL_MIN)));
    }
}
