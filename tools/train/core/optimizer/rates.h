// SPDX-License-Identifier: Apache-2.0
/// @file
/// Which parameters learn, and how fast beside the others: patterns of names that are frozen, rates
/// that rise with depth, a rate of its own for the head.
#ifndef MIEN_TRAIN_OPTIMIZER_RATES_H
#define MIEN_TRAIN_OPTIMIZER_RATES_H

#include "host/manifest.h"
#include "tools/train/core/engine/network.h"

/// Whether one of the patterns matches; * ? and [] as in a shell. [any thread]
bool mien_patterns_match(const mien_manifest_texts *patterns, const char *name);

/// Every pattern must match a parameter of the network: one that does not is a slip. Errors:
/// MIEN_BAD_INPUT (at the pattern's place in `manifest`). [any thread]
MIEN_MUST_CHECK mien_status mien_patterns_check(const mien_manifest *manifest,
                                                const mien_manifest_texts *patterns,
                                                mien_network *network, mien_error *error);

/// The rate's factor for each parameter into `scales`, mien_network_parameters() of them: layers,
/// in the graph's order, get `layer_decay` … 1 in equal steps, the last one `head_rate`.
void mien_rates_scale(mien_network *network, double layer_decay, double head_rate, double *scales);

#endif
