// SPDX-License-Identifier: Apache-2.0
/// @file
/// How far the difference of two models' accuracies on the same pictures could be off where a
/// bootstrap cannot say: it draws from the pictures that one model alone has right, and of none
/// every resample is the same, and of a few there are few.
#ifndef MIEN_HOST_STATISTICS_PAIRED_H
#define MIEN_HOST_STATISTICS_PAIRED_H

#include "host/evaluation/bootstrap.h"

#include <stdbool.h>
#include <stdint.h>

/// With fewer pictures than this that one model alone has right, a difference has its score
/// interval.
#define MIEN_PAIRED_FEW 30

/// Whether the score interval stands instead of another. `first_only` and `second_only` are the
/// pictures that one model alone has right. [any thread]
bool mien_paired_is_few(uint32_t first_only, uint32_t second_only);

/// The 95 % interval of (first_only − second_only) / pictures by Tango's score test: the
/// differences that it does not reject,
///
///     (b − c − N·δ)² ≤ z² · N · (2·q + δ·(1 − δ))
///
/// with b and c the pictures that one alone has right, of N, and q the likeliest share of c's kind
/// if the difference is δ (Tango, 1998, "Equivalence test and confidence interval for the
/// difference in proportions for the paired-sample design", Statistics in Medicine 17(8)). At δ = 0
/// it is McNemar's test without correction. `pictures` is at least 1, and at least b + c.
/// [any thread]
mien_interval mien_paired_interval(uint32_t first_only, uint32_t second_only, size_t pictures);

#endif
