// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a model's answer costs: time, arithmetic, memory.
#ifndef MIEN_HOST_CLI_COSTS_H
#define MIEN_HOST_CLI_COSTS_H

#include "host/cli/guest.h"
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

/// A model to be measured. Start with the guest; end with mien_costs_end().
typedef struct mien_costs_subject {
    mien_guest *guest; ///< borrowed; whose model is loaded anew
    mien_error error;  ///< why it cannot be measured; MIEN_OK: `costs` hold
    mien_costs costs;
    mien_timing timing;
} mien_costs_subject;

/// Measures models on one picture, on `threads` of one run, for `seconds` each: in turns of a tenth
/// of that, so that what else the machine does meanwhile burdens all alike. A model that fails
/// keeps its error, and the others go on. Errors: MIEN_CANCELLED (Ctrl-C).
MIEN_MUST_CHECK mien_status mien_costs_measure(mien_plan plan, uint32_t threads,
                                               const mien_picture *picture, double seconds,
                                               mien_costs_subject *subjects, size_t count,
                                               mien_error *error);

/// Frees what measuring needed; the costs stay.
void mien_costs_end(mien_costs_subject *subjects, size_t count);

/// Packed weights and the arena: what the network needs while it runs, beside the program. 0 where
/// that is not known.
uint64_t mien_costs_memory(const mien_costs *costs);

#endif
