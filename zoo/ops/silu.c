// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    return mien_emit_rows(planner, node, MIEN_ROWS_SILU, 0, epilogue, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    return mien_emit_back(planner, node, gradient, MIEN_BACK_SILU, MIEN_READS_INPUTS, error);
}

const mien_operator mien_operator_silu = {
    .name = "silu",
    .infer = mien_infer_same,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_INPUTS,
    .takes_clamp = true,
};

mien_node mien_silu(mien_graph *graph, mien_node input) {
    return mien_graph_add(graph, &mien_operator_silu, NULL, &input, 1, NULL);
}
