// SPDX-License-Identifier: Apache-2.0
/// @file
/// Models against each other, each two on the same pictures; who is ahead, and who only seems so.
#ifndef MIEN_HOST_STATISTICS_PAIRS_H
#define MIEN_HOST_STATISTICS_PAIRS_H

#include "host/evaluation/bootstrap.h"

#include <stdbool.h>
#include <stdint.h>

/// Two models are told apart where their adjusted p-value is below this.
#define MIEN_PAIRS_LEVEL 0.05

/// Two models, by their indices.
typedef struct mien_pair {
    size_t first, second;             ///< first < second
    uint32_t first_only, second_only; ///< pictures that one alone has right
    double difference;                ///< accuracy of the first less that of the second
    mien_interval interval; ///< of the difference, by bootstrap over pictures, or, where few tell
                            ///< the two apart, by mien_paired_interval()
    double p;               ///< McNemar's exact test
    double adjusted;        ///< the same after Holm, for all pairs together
} mien_pair;

/// count · (count − 1) / 2.
size_t mien_pairs_count(size_t models);

/// Compares each two of `models` models. `right` has a byte for each picture and model, 1 where the
/// model is right: picture by picture, in each model by model. All differences come from the same
/// resamples. `pairs` has room for mien_pairs_count(): first 0 with 1, 2, …, then 1 with 2, and so
/// on. Errors: MIEN_INVALID_ARGUMENT (no pictures, or more than a uint32_t can count),
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_pairs_compare(const uint8_t *right, size_t models, size_t pictures,
                                               mien_pair *pairs, mien_error *error);

/// The pair of two different models, in any order. [any thread]
const mien_pair *mien_pairs_find(const mien_pair *pairs, size_t models, size_t one, size_t other);

/// Ranks models that stand in order of their accuracy, best first. The first leads; those that
/// cannot be told from it share its rank; the first that can leads the next rank, and so on. Ranks
/// count models as in sports: 1, 1, 3. `ranks`: one each. [any thread]
void mien_pairs_rank(const mien_pair *pairs, size_t models, uint32_t *ranks);

/// Marks the models that no other one beats in one figure without being beaten in the other:
/// `gains` are better when larger, `costs` when smaller. What is NAN in either is never marked.
/// [any thread]
void mien_pareto_front(const double *gains, const double *costs, size_t count, bool *front);

#endif
