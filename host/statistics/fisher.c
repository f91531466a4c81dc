// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/fisher.h"

#include <gsl/gsl_cdf.h>

double mien_fisher_drop(uint32_t right, uint32_t pictures, uint32_t right_before,
                        uint32_t pictures_before) {
    uint32_t all_right = right + right_before;
    uint32_t all_wrong = pictures + pictures_before - all_right;
    return pictures && pictures_before
               ? gsl_cdf_hypergeometric_P(right, all_right, all_wrong, pictures)
               : 1;
}
