// SPDX-License-Identifier: Apache-2.0
#include "host/probabilities.h"

#include <math.h>

/// Softmax in place.
static void normalise(double *values, size_t count) {
    double largest = values[0], sum = 0;
    for (size_t i = 1; i < count; i++) {
        largest = fmax(largest, values[i]);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = exp(values[i] - largest);
        sum += values[i];
    }
    for (size_t i = 0; i < count; i++) {
        values[i] /= sum;
    }
}

void mien_probabilities(const float *logits, size_t count, double *probabilities) {
    for (size_t i = 0; i < count; i++) {
        probabilities[i] = logits[i];
    }
    normalise(probabilities, count);
}

void mien_probabilities_among(const float *logits, const size_t *columns, size_t count,
                              double *probabilities) {
    for (size_t i = 0; i < count; i++) {
        probabilities[i] = logits[columns[i]];
    }
    normalise(probabilities, count);
}

size_t mien_top_value(const float *values, size_t count) {
    size_t top = 0;
    for (size_t i = 1; i < count; i++) {
        top = values[i] > values[top] ? i : top;
    }
    return top;
}

void mien_top_classes(const double *probabilities, size_t count, size_t top, size_t *order) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t place = kept;
        while (place > 0 && probabilities[order[place - 1]] < probabilities[i]) {
            place--;
        }
        if (place >= top) {
            continue;
        }
        kept += kept < top;
        for (size_t j = kept - 1; j > place; j--) {
            order[j] = order[j - 1];
        }
        order[place] = i;
    }
}
