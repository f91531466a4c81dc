// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/share.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double tail = 0.025;

bool mien_share_is_extreme(double right, size_t count) {
    return count < MIEN_SHARE_FEW || right <= 0 || right >= (double)count;
}

/// The beta distribution's quantile, by halving: GSL's own ends the process where it does not
/// converge.
static double quantile(double share, double a, double b) {
    double low = 0, high = 1;
    for (int i = 0; i < 53; i++) {
        const double middle = (low + high) / 2;
        const bool below = gsl_cdf_beta_P(middle, a, b) < share;
        low = below ? middle : low;
        high = below ? high : middle;
    }
    return (low + high) / 2;
}

mien_interval mien_share_interval(double right, size_t count) {
    const double all = (double)count, wrong = all - right;
    return (mien_interval){
        .low = right <= 0   ? 0
               : wrong <= 0 ? pow(tail, 1 / all)
                            : quantile(tail, right, wrong + 1),
        .high = wrong <= 0   ? 1
                : right <= 0 ? 1 - pow(tail, 1 / all)
                             : quantile(1 - tail, right + 1, wrong),
    };
}
