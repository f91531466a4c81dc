// SPDX-License-Identifier: Apache-2.0
/// @file
/// From a graph to a list of steps.
///
/// Lowering starts at the output and asks for what it needs. A node may hand its work to the node
/// before it as an *epilogue* (a batch norm folds into a convolution, an activation becomes a
/// clamp, a residual is added on the way out), when nobody else reads that node.
#ifndef MIEN_XNN_PLANNER_H
#define MIEN_XNN_PLANNER_H

#include "mien/session.h"
#include "zoo/xnn/step.h"

/// What follows a node and can be computed with it, in this order.
typedef struct mien_epilogue {
    mien_node batch_norm; ///< MIEN_NO_NODE for none
    mien_node residual;   ///< a node of the same shape to add; MIEN_NO_NODE for none
    float low, high;      ///< clamp; ±INFINITY for none
    bool gelu;            ///< GELU, instead of a clamp
    mien_node result;     ///< the node whose value all this makes
} mien_epilogue;

typedef struct mien_planner {
    const mien_graph *graph;
    const mien_weights *weights;
    mien_store *store;
    mien_node keep;              ///< never fused away, lives to the end; MIEN_NO_NODE for none
    struct mien_back_node *back; ///< per node (zoo/xnn/back.h); NULL when no layers are asked for
    bool gradient;               ///< whether the layers' gradients are
    bool small;                  ///< MIEN_PLAN_SMALL
    uint8_t *winograd;           ///< per node: tile side of the chosen algorithm, 0 for none
    int32_t *value;              ///< per node: the value that holds it, MIEN_NO_VALUE before
    uint32_t *uses;              ///< per node: how many nodes read it
    mien_step *steps;
    uint32_t step_count, step_capacity;
    size_t *value_elements; ///< per value, one picture
    uint32_t value_count, value_capacity;
} mien_planner;

mien_epilogue mien_epilogue_none(mien_node result);
bool mien_epilogue_clamps(const mien_epilogue *epilogue);

/// The value that holds `node`, lowering it first when nobody has.
mien_status mien_planner_value(mien_planner *planner, mien_node node, int32_t *value,
                               mien_error *error);

/// True when `node` may be fused into its only reader.
bool mien_planner_fusible(const mien_planner *planner, mien_node node);

/// Appends a step that reads `first` (and `second`, else MIEN_NO_VALUE) and makes
/// epilogue->result. The caller fills kind and data, then calls mien_planner_pack(). The pointer
/// holds until the next step is added.
mien_step *mien_planner_step(mien_planner *planner, int32_t first, int32_t second,
                             const mien_epilogue *epilogue, mien_error *error);

/// Appends a step that reads `first` and makes a value of `elements` a picture that no node has;
/// `node` is who to name it after. As mien_planner_step() otherwise.
mien_step *mien_planner_scratch_step(mien_planner *planner, int32_t first, size_t elements,
                                     mien_node node, mien_error *error);

/// A value of `elements` a picture that no step makes.
mien_status mien_planner_loose_value(mien_planner *planner, size_t elements, int32_t *value,
                                     mien_error *error);

/// Packs the newest step's parameters into the store and drops what only packing needed.
mien_status mien_planner_pack(mien_planner *planner, mien_error *error);

/// A node's parameter as f32, in the file's own layout, the caller's to free.
mien_status mien_planner_parameter(const mien_planner *planner, mien_node node, uint32_t index,
                                   float **data, mien_error *error);

/// A batch norm as y = x·scale + shift, each {channels}, the caller's to free.
mien_status mien_planner_batch_norm(const mien_planner *planner, mien_node node, float **scale,
                                    float **shift, mien_error *error);

/// The tile that a stride-1 3×3 convolution from {height, width, inputs} to `outputs` channels
/// would best have if bytes did not count; 0 for none.
uint8_t mien_choose_tile(const mien_shape *output, size_t inputs);

/// Chooses an algorithm for every convolution of `graph`: `tile` has an entry per node.
void mien_choose_algorithms(const mien_graph *graph, mien_plan plan, uint8_t *tile);

/// Lowers the whole graph.
mien_status mien_planner_run(mien_planner *planner, mien_error *error);

#endif
