// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    const mien_shape *a = mien_graph_input_of(graph, node, 0);
    const mien_shape *b = mien_graph_input_of(graph, node, 1);
    if (!mien_shape_equal(a, b)) {
        char first[MIEN_SHAPE_TEXT], second[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "inputs are %s and %s; their shapes must be equal",
                         mien_shape_format(a, first), mien_shape_format(b, second));
    }
    node->shape = *a;
    return MIEN_OK;
}

// Past what only training does.
static mien_node skip_views(const mien_planner *planner, mien_node node) {
    for (;;) {
        const mien_graph_node *here = mien_graph_at(planner->graph, node);
        bool view = here->operator_ == &mien_operator_dropout ||
                    here->operator_ == &mien_operator_stochastic_depth;
        if (!view || !mien_planner_fusible(planner, node)) {
            return node;
        }
        node = here->input[0];
    }
}

// The node that makes `operand`, perhaps by way of a batch norm, when its work is a convolution or
// linear layer that can add the other operand on its way out; else MIEN_NO_NODE.
static mien_node absorbing_node(const mien_planner *planner, mien_node operand) {
    mien_node top = skip_views(planner, operand), node = top;
    if (!mien_planner_fusible(planner, node)) {
        return MIEN_NO_NODE;
    }
    if (mien_graph_at(planner->graph, node)->operator_ == &mien_operator_batch_norm) {
        node = mien_graph_at(planner->graph, node)->input[0];
        if (!mien_planner_fusible(planner, node) ||
            !mien_graph_at(planner->graph, node)->operator_->takes_fold) {
            return MIEN_NO_NODE;
        }
    }
    const mien_operator *operator_ = mien_graph_at(planner->graph, node)->operator_;
    bool absorbs = operator_->takes_residual && operator_->takes_residual(planner, node);
    return absorbs ? top : MIEN_NO_NODE;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    for (int k = 0; k < 2; k++) {
        mien_node operand = absorbing_node(planner, here->input[k]);
        if (operand != MIEN_NO_NODE) {
            mien_epilogue with_residual = *epilogue;
            with_residual.residual = here->input[1 - k];
            const mien_operator *operator_ = mien_graph_at(planner->graph, operand)->operator_;
            return operator_->lower(planner, operand, &with_residual, error);
        }
    }
    return mien_emit_rows(planner, node, MIEN_ROWS_ADD, 0, epilogue, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_status status = MIEN_OK;
    for (int k = 0; k < 2 && status == MIEN_OK; k++) {
        if (mien_back_wants(planner, here->input[k])) {
            status = mien_back_give(planner, here->input[k], gradient, error);
        }
    }
    return status;
}

const mien_operator mien_operator_add = {
    .name = "add",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
    .takes_clamp = true,
};

mien_node mien_add(mien_graph *graph, mien_node a, mien_node b) {
    const mien_node inputs[] = {a, b};
    return mien_graph_add(graph, &mien_operator_add, NULL, inputs, 2, NULL);
}
