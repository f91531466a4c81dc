// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/paired.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

typedef struct {
    double first, second, all;
    double square; // of the normal distribution's quantile
} counts;

bool mien_paired_is_few(uint32_t first_only, uint32_t second_only) {
    return (uint64_t)first_only + second_only < MIEN_PAIRED_FEW;
}

/// Whether the test does not reject the difference.
static bool holds(const counts *seen, double difference) {
    const double linear =
        (2 * seen->all - seen->first + seen->second) * difference - seen->first - seen->second;
    const double constant = -seen->second * difference * (1 - difference);
    const double root = sqrt(fmax(0, linear * linear - 8 * seen->all * constant));
    const double share = (root - linear) / (4 * seen->all); // q
    const double variance = seen->all * (2 * share + difference * (1 - difference));
    const double off = seen->first - seen->second - seen->all * difference;
    return off * off <= seen->square * variance;
}

/// The last difference that holds on the way from one that does to an end, by halving.
static double last(const counts *seen, double from, double end) {
    if (holds(seen, end)) {
        return end;
    }
    for (int i = 0; i < 60; i++) {
        const double middle = from + (end - from) / 2;
        if (holds(seen, middle)) {
            from = middle;
        } else {
            end = middle;
        }
    }
    return from;
}

mien_interval mien_paired_interval(uint32_t first_only, uint32_t second_only, size_t pictures) {
    const double quantile = gsl_cdf_ugaussian_Pinv(0.975);
    const counts seen = {first_only, second_only, (double)pictures, quantile * quantile};
    const double observed = (seen.first - seen.second) / seen.all;
    return (mien_interval){last(&seen, observed, -1), last(&seen, observed, 1)};
}
