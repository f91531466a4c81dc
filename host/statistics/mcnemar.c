// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/mcnemar.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double mien_mcnemar(uint32_t first_only, uint32_t second_only) {
    uint32_t fewer = first_only < second_only ? first_only : second_only;
    // Even counts have the middle of the distribution in both tails; others may round above 1.
    return first_only == second_only
               ? 1
               : fmin(1, 2 * gsl_cdf_binomial_P(fewer, 0.5, first_only + second_only));
}

double mien_mcnemar_pictures(double first_only, double second_only, double level, double power) {
    double discordant = first_only + second_only, difference = first_only - second_only;
    if (difference == 0) {
        return (double)INFINITY;
    }
    double root =
        gsl_cdf_ugaussian_Qinv(level / 2) * sqrt(discordant) +
        gsl_cdf_ugaussian_Pinv(power) * sqrt(fmax(discordant - difference * difference, 0));
    return ceil(root * root / (difference * difference));
}
