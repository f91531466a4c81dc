// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a model's answer costs: time, arithmetic, memory.
#ifndef MIEN_HOST_CLI_COSTS_H
#define MIEN_HOST_CLI_COSTS_H

#include "host/cli/shared.h"
#include "mien/graph.h"

typedef struct mien_costs {
    bool measured; ///< the others hold
    double p50_ms; ///< median latency of one picture, without decoding and resizing
    double p95_ms; ///< 95th percentile of the same
    size_t runs;   ///< that were timed
    bool has_graph;
    uint64_t parameters, multiply_adds; ///< with a graph
    uint64_t weights_bytes;             ///< of the weights file; 0: none
    uint64_t packed_bytes, arena_bytes; ///< packed weights, and activations and workspaces of one
                                        ///< picture; 0 where a plugin computes by itself
} mien_costs;

/// Measures a model on one picture's input for `seconds`, 3 runs at least. The model should be
/// loaded for this and have run nothing larger, else the arena's bytes are those of that. Errors:
/// mien_time_model()'s.
MIEN_MUST_CHECK mien_status mien_costs_measure(mien_model *model, const float *input,
                                               double seconds, mien_costs *costs,
                                               mien_error *error);

/// Packed weights and the arena: what the network needs while it runs, beside the program. 0 where
/// that is not known.
uint64_t mien_costs_memory(const mien_costs *costs);

#endif
