// SPDX-License-Identifier: Apache-2.0
/// @file
/// Attention rollout: how much of each token reaches the head, layer by layer.
#ifndef MIEN_HOST_EXPLAIN_ROLLOUT_H
#define MIEN_HOST_EXPLAIN_ROLLOUT_H

#include "mien/graph.h"

/// A graph's attention, first layer first.
typedef struct mien_rollout {
    mien_node *inputs; ///< the nodes that hold queries, keys and values
    uint32_t *heads;
    uint32_t count;
    size_t tokens, channels; ///< of each
    mien_extent grid;        ///< of the last tokens
} mien_rollout;

/// Finds a graph's attention. `rollout->count` is 0 where there is none, or its layers do not see
/// the same tokens. Free with mien_rollout_clear(). Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_rollout_find(const mien_graph *graph, mien_rollout *rollout,
                                              mien_error *error);
void mien_rollout_clear(mien_rollout *rollout);

/// Writes the map of the grid: what reaches the class token where there is one, else the mean of
/// all tokens. `layers` has the activations of each of `inputs`. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_rollout_map(const mien_rollout *rollout,
                                             const float *const *layers, float *map,
                                             mien_error *error);

#endif
