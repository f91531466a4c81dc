// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loss.h"

#include <math.h>
#include <stdbool.h>

/// log Σ exp(logits), whose terms cannot overflow.
static double log_sum_exp(const float *logits, size_t classes) {
    double largest = logits[0], sum = 0;
    for (size_t c = 1; c < classes; c++) {
        largest = fmax(largest, logits[c]);
    }
    for (size_t c = 0; c < classes; c++) {
        sum += exp(logits[c] - largest);
    }
    return largest + log(sum);
}

double mien_loss_cross_entropy(const float *logits, const float *targets, const float *weights,
                               size_t batch, size_t classes, float *gradients) {
    double loss = 0;
    for (size_t row = 0; row < batch; row++) {
        const float *z = logits + row * classes, *target = targets + row * classes;
        const double log_sum = log_sum_exp(z, classes);
        double total = 0;
        for (size_t c = 0; c < classes; c++) {
            const double share = (weights ? weights[c] : 1) * (double)target[c];
            loss += share * (log_sum - z[c]);
            total += share;
        }
        for (size_t c = 0; gradients && c < classes; c++) {
            const double share = (weights ? weights[c] : 1) * (double)target[c];
            gradients[row * classes + c] =
                (float)((total * exp(z[c] - log_sum) - share) / (double)batch);
        }
    }
    return loss / (double)batch;
}

static size_t index_of_largest(const float *numbers, size_t count) {
    size_t largest = 0;
    for (size_t i = 1; i < count; i++) {
        if (numbers[i] > numbers[largest]) {
            largest = i;
        }
    }
    return largest;
}

static bool has_nan(const float *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (isnan(numbers[i])) {
            return true;
        }
    }
    return false;
}

size_t mien_loss_correct(const float *logits, const float *targets, size_t batch, size_t classes) {
    size_t correct = 0;
    for (size_t row = 0; row < batch; row++) {
        const float *z = logits + row * classes, *target = targets + row * classes;
        correct += !has_nan(z, classes) &&
                   index_of_largest(z, classes) == index_of_largest(target, classes);
    }
    return correct;
}

void mien_loss_balance(const size_t *counts, size_t classes, float *weights) {
    size_t pictures = 0;
    for (size_t c = 0; c < classes; c++) {
        pictures += counts[c];
    }
    for (size_t c = 0; c < classes; c++) {
        weights[c] =
            counts[c] ? (float)((double)pictures / ((double)classes * (double)counts[c])) : 0;
    }
}
