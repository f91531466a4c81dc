// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/pairs.h"

#include "host/statistics/holm.h"
#include "host/statistics/mcnemar.h"
#include "host/statistics/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *right;
    size_t models;
    double *sums; ///< one a model, for a resample
} answers;

size_t mien_pairs_count(size_t models) {
    return models ? models * (models - 1) / 2 : 0;
}

/// Accuracies' differences over the pictures picked, pair by pair.
static void differences(const void *context, const size_t *picks, size_t count, double *figures) {
    const answers *all = context;
    memset(all->sums, 0, all->models * sizeof *all->sums);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = all->right + picks[i] * all->models;
        for (size_t k = 0; k < all->models; k++) {
            all->sums[k] += row[k];
        }
    }
    for (size_t first = 0; first < all->models; first++) {
        for (size_t second = first + 1; second < all->models; second++) {
            *figures++ = (all->sums[first] - all->sums[second]) / (double)count;
        }
    }
}

static void count_pair(const uint8_t *right, size_t models, size_t pictures, mien_pair *pair) {
    for (size_t i = 0; i < pictures; i++) {
        uint8_t first = right[i * models + pair->first], second = right[i * models + pair->second];
        pair->first_only += first && !second;
        pair->second_only += second && !first;
    }
    pair->difference = ((double)pair->first_only - pair->second_only) / (double)pictures;
    pair->p = mien_mcnemar(pair->first_only, pair->second_only);
    if (mien_paired_is_few(pair->first_only, pair->second_only)) {
        pair->interval = mien_paired_interval(pair->first_only, pair->second_only, pictures);
    }
}

mien_status mien_pairs_compare(const uint8_t *right, size_t models, size_t pictures,
                               mien_pair *pairs, mien_error *error) {
    size_t count = mien_pairs_count(models);
    if (pictures > UINT32_MAX) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "more pictures than can be counted");
    }
    if (count == 0) {
        return MIEN_OK;
    }
    answers all = {.right = right, .models = models, .sums = calloc(models, sizeof *all.sums)};
    mien_interval *intervals = calloc(count, sizeof *intervals);
    double *adjusted = calloc(count, sizeof *adjusted);
    mien_status status = all.sums && intervals && adjusted
                             ? mien_bootstrap(differences, &all, pictures, intervals, count, error)
                             : mien_fail_memory(error, "pairs of models");
    size_t at = 0;
    for (size_t first = 0; first < models && status == MIEN_OK; first++) {
        for (size_t second = first + 1; second < models; second++, at++) {
            pairs[at] = (mien_pair){.first = first, .second = second, .interval = intervals[at]};
            count_pair(right, models, pictures, &pairs[at]);
            adjusted[at] = pairs[at].p;
        }
    }
    if (status == MIEN_OK) {
        status = mien_holm(adjusted, count, adjusted, error);
    }
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        pairs[i].adjusted = adjusted[i];
    }
    free(all.sums);
    free(intervals);
    free(adjusted);
    return status;
}

const mien_pair *mien_pairs_find(const mien_pair *pairs, size_t models, size_t one, size_t other) {
    size_t first = one < other ? one : other, second = one < other ? other : one;
    return pairs + first * (2 * models - first - 1) / 2 + (second - first - 1);
}

void mien_pairs_rank(const mien_pair *pairs, size_t models, uint32_t *ranks) {
    size_t leader = 0;
    for (size_t i = 0; i < models; i++) {
        if (i > 0 && mien_pairs_find(pairs, models, leader, i)->adjusted < MIEN_PAIRS_LEVEL) {
            leader = i;
        }
        ranks[i] = (uint32_t)leader + 1;
    }
}

void mien_pareto_front(const double *gains, const double *costs, size_t count, bool *front) {
    for (size_t i = 0; i < count; i++) {
        front[i] = !isnan(gains[i]) && !isnan(costs[i]);
        for (size_t k = 0; k < count && front[i]; k++) {
            bool no_worse = gains[k] >= gains[i] && costs[k] <= costs[i];
            bool better = gains[k] > gains[i] || costs[k] < costs[i];
            front[i] = !(no_worse && better);
        }
    }
}
