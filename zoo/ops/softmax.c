// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    return mien_emit_unary(planner, node, MIEN_UNARY_SOFTMAX, epilogue, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    return mien_emit_back(planner, node, gradient, MIEN_BACK_SOFTMAX, MIEN_READS_OUTPUT, error);
}

const mien_operator mien_operator_softmax = {
    .name = "softmax",
    .infer = mien_infer_same,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_OUTPUT,
};

mien_node mien_softmax(mien_graph *graph, mien_node input) {
    return mien_graph_add(graph, &mien_operator_softmax, NULL, &input, 1, NULL);
}
