// SPDX-License-Identifier: Apache-2.0
/// @file
/// The way back: planning the gradient of a logit with respect to layers.
///
/// Before the graph is lowered, mien_back_prepare() marks what the way back will read, so that
/// lowering does not fuse it away. Afterwards mien_back_run() walks from the output to the layers.
/// Each operator is given the value that holds the gradient of its output, appends the steps that
/// make its inputs' gradients, and contributes those. Nodes on no way from a layer to the output
/// are left alone.
#ifndef MIEN_XNN_BACK_H
#define MIEN_XNN_BACK_H

#include "zoo/xnn/planner.h"

/// What an operator's gradient reads besides the gradient of its output.
enum { MIEN_READS_INPUTS = 1, MIEN_READS_OUTPUT = 2 };

/// Per node, where the way back has got to.
typedef struct mien_back_node {
    bool kept;            ///< never fused away
    bool layer;           ///< asked for
    bool wanted;          ///< a layer, or behind one
    int32_t gradient;     ///< the value that holds its gradient so far, else MIEN_NO_VALUE
    mien_node batch_norm; ///< that multiplies its gradient, MIEN_NO_NODE for none: folded into
                          ///< the weights on the way back
} mien_back_node;

/// Marks layers, what is behind them and what must be kept. `planner->back` has a zeroed entry per
/// node.
void mien_back_prepare(mien_planner *planner, const mien_node *layers, uint32_t count);

/// Appends the way back. `seed` becomes the value that must hold the output's gradient before the
/// first of its steps runs.
mien_status mien_back_run(mien_planner *planner, int32_t *seed, mien_error *error);

/// @name For operators
/// @{

static inline bool mien_back_wants(const mien_planner *planner, mien_node node) {
    return planner->back[node].wanted;
}

/// Adds `value` to the gradient of `node`: a step where there is one already, else nothing.
mien_status mien_back_give(mien_planner *planner, mien_node node, int32_t value, mien_error *error);

/// The gradient of `node` so far, MIEN_NO_VALUE for none, which is now the caller's to add to.
int32_t mien_back_take(mien_planner *planner, mien_node node);

/// Appends a step that reads `first` (and `second`, or MIEN_NO_VALUE) and makes a gradient of
/// `target`. The caller fills kind and data, then calls mien_back_done(). NULL when out of memory.
mien_step *mien_back_step(mien_planner *planner, mien_node target, int32_t first, int32_t second,
                          mien_error *error);

/// Packs the newest step and gives its output to `target`. `status` is how filling it went.
mien_status mien_back_done(mien_planner *planner, mien_node target, mien_status status,
                           mien_error *error);
/// @}

#endif
