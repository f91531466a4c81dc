// SPDX-License-Identifier: Apache-2.0
#include "host/evaluation/bootstrap.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/// SplitMix64 (Steele, Lea and Flood, doi:10.1145/2660193.2660195).
static uint64_t next_random(uint64_t *state) {
    uint64_t bits = *state += 0x9E3779B97F4A7C15;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    return bits ^ (bits >> 31);
}

/// The upper half of a random number times `count`: for a number of pictures that memory can hold,
/// nearer to uniform than any figure can tell.
static void draw(uint64_t *state, size_t *picks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        picks[i] = (size_t)(((unsigned __int128)next_random(state) * count) >> 64);
    }
}

static int compare_numbers(const void *a, const void *b) {
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/// Interpolated between the two nearest, as numpy.quantile() does.
static double quantile(const double *sorted, size_t count, double share) {
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

/// `values`: one a resample, `stride` apart; `sorted` has room for all.
static mien_interval interval_of(const double *values, size_t stride, double *sorted) {
    size_t count = 0;
    for (size_t i = 0; i < MIEN_RESAMPLES; i++) {
        if (!isnan(values[i * stride])) {
            sorted[count++] = values[i * stride];
        }
    }
    if (count == 0) {
        return (mien_interval){NAN, NAN};
    }
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    return (mien_interval){quantile(sorted, count, 0.025), quantile(sorted, count, 0.975)};
}

mien_status mien_bootstrap(mien_statistic statistic, const void *context, size_t count,
                           mien_interval *intervals, size_t figure_count, mien_error *error) {
    if (count == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "no pictures have no interval");
    }
    size_t *picks = calloc(count, sizeof *picks);
    double *values = calloc(figure_count, MIEN_RESAMPLES * sizeof *values);
    double *sorted = calloc(MIEN_RESAMPLES, sizeof *sorted);
    mien_status status = MIEN_OK;
    uint64_t state = 0;
    if (!picks || !values || !sorted) {
        status = mien_fail_memory(error, "bootstrap intervals");
        goto done;
    }
    for (size_t i = 0; i < MIEN_RESAMPLES; i++) {
        draw(&state, picks, count);
        statistic(context, picks, count, values + i * figure_count);
    }
    for (size_t i = 0; i < figure_count; i++) {
        intervals[i] = interval_of(values + i, figure_count, sorted);
    }
done:
    free(picks);
    free(values);
    free(sorted);
    return status;
}

static void mean(const void *context, const size_t *picks, size_t count, double *figures) {
    const double *values = context;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[picks[i]];
    }
    *figures = sum / (double)count;
}

mien_status mien_bootstrap_mean(const double *values, size_t count, mien_interval *interval,
                                mien_error *error) {
    return mien_bootstrap(mean, values, count, interval, 1, error);
}
