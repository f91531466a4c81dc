// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/diversity.h"

#include <math.h>

double mien_diversity_disagreement(const mien_diversity *pair) {
    const size_t pictures = pair->both + pair->first_only + pair->second_only + pair->neither;
    return pictures ? (double)pair->differ / (double)pictures : (double)NAN;
}

double mien_diversity_q(const mien_diversity *pair) {
    const double alike = (double)pair->both * (double)pair->neither;
    const double unlike = (double)pair->first_only * (double)pair->second_only;
    return alike + unlike > 0 ? (alike - unlike) / (alike + unlike) : (double)NAN;
}

static double mean_of(const mien_diversity *pairs, size_t count,
                      double (*figure)(const mien_diversity *)) {
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = figure(&pairs[i]);
        if (!isnan(value)) {
            sum += value;
            known++;
        }
    }
    return known ? sum / (double)known : (double)NAN;
}

void mien_diversity_means(const mien_diversity *pairs, size_t count, double *disagreement,
                          double *q) {
    *disagreement = mean_of(pairs, count, mien_diversity_disagreement);
    *q = mean_of(pairs, count, mien_diversity_q);
}
