// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/holm.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    double value;
    size_t place;
} placed;

static int by_value(const void *a, const void *b) {
    const placed *first = a, *second = b;
    return (first->value > second->value) - (first->value < second->value);
}

mien_status mien_holm(const double *values, size_t count, double *adjusted, mien_error *error) {
    if (count == 0) {
        return MIEN_OK;
    }
    placed *sorted = calloc(count, sizeof *sorted);
    if (!sorted) {
        return mien_fail_memory(error, "tests");
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (placed){values[i], i};
    }
    qsort(sorted, count, sizeof *sorted, by_value);
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fmin(1, (double)(count - i) * sorted[i].value));
        adjusted[sorted[i].place] = largest;
    }
    free(sorted);
    return MIEN_OK;
}
