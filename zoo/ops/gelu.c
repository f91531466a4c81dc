// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/dense.h"
#include "zoo/xnn/emit.h"

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    mien_node before = mien_graph_at(planner->graph, node)->input[0];
    const mien_operator *operator_ = mien_graph_at(planner->graph, before)->operator_;
    if (operator_->takes_gelu && mien_dense_pays() && !mien_epilogue_clamps(epilogue) &&
        mien_planner_fusible(planner, before)) {
        mien_epilogue with_gelu = mien_epilogue_none(epilogue->result);
        with_gelu.gelu = true;
        return operator_->lower(planner, before, &with_gelu, error);
    }
    return mien_emit_unary(planner, node, MIEN_UNARY_GELU, epilogue, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    return mien_emit_back(planner, node, gradient, MIEN_BACK_GELU, MIEN_READS_INPUTS, error);
}

const mien_operator mien_operator_gelu = {
    .name = "gelu",
    .infer = mien_infer_same,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_INPUTS,
};

mien_node mien_gelu(mien_graph *graph, mien_node input) {
    return mien_graph_add(graph, &mien_operator_gelu, NULL, &input, 1, NULL);
}
