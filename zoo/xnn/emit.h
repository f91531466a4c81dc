// SPDX-License-Identifier: Apache-2.0
/// @file
/// One-line lowering for operators without parameters of their own: a step after the values of its
/// inputs.
#ifndef MIEN_XNN_EMIT_H
#define MIEN_XNN_EMIT_H

#include "zoo/graph/graph.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/planner.h"
#include "zoo/xnn/steps.h"

/// Lowers `node`'s inputs, then appends a step that makes epilogue->result. NULL on failure, with
/// `*status` set.
mien_step *mien_emit(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                     mien_status *status, mien_error *error);

/// Rows and channels of a shape: everything but the last dimension, and that.
static inline size_t mien_row_count(const mien_shape *shape) {
    return mien_elements(shape) / mien_last_dim(shape);
}

/// A rows step over `node`'s own shape with up to `parameters` parameters of the node.
mien_status mien_emit_rows(mien_planner *planner, mien_node node, mien_rows function,
                           uint32_t parameters, const mien_epilogue *epilogue, mien_error *error);

/// A unary step over `node`'s own shape.
mien_status mien_emit_unary(mien_planner *planner, mien_node node, mien_unary function,
                            const mien_epilogue *epilogue, mien_error *error);

/// On the way back: a rows step over `node`'s own shape that reads `gradient` and, as `reads` says
/// (MIEN_READS_INPUTS or MIEN_READS_OUTPUT), the node's input or output.
mien_status mien_emit_back(mien_planner *planner, mien_node node, int32_t gradient,
                           mien_back_rows function, int reads, mien_error *error);

#endif
