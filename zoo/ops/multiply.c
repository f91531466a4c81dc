// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

static bool is_gate(const mien_shape *a, const mien_shape *b) {
    return b->rank == 1 && a->rank > 1 && mien_last_dim(a) == b->dim[0];
}

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    const mien_shape *a = mien_graph_input_of(graph, node, 0);
    const mien_shape *b = mien_graph_input_of(graph, node, 1);
    if (!mien_shape_equal(a, b) && !is_gate(a, b)) {
        char first[MIEN_SHAPE_TEXT], second[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "inputs are %s and %s; shapes must be equal, or the second {channels} of "
                         "the first",
                         mien_shape_format(a, first), mien_shape_format(b, second));
    }
    node->shape = *a;
    return MIEN_OK;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    bool gate = is_gate(mien_graph_input_of(planner->graph, here, 0),
                        mien_graph_input_of(planner->graph, here, 1));
    return mien_emit_rows(planner, node, gate ? MIEN_ROWS_MULTIPLY_GATE : MIEN_ROWS_MULTIPLY, 0,
                          epilogue, error);
}

// d(a·b) to one of the two: the output's gradient times the other one.
static mien_status give_product(mien_planner *planner, const mien_graph_node *here, int k,
                                int32_t gradient, bool gate, mien_error *error) {
    const mien_shape *shape = &here->shape;
    size_t rows = mien_row_count(shape), channels = mien_last_dim(shape);
    mien_step *step = mien_back_step(planner, here->input[k], gradient,
                                     planner->value[here->input[1 - k]], error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_rows function = gate ? MIEN_ROWS_MULTIPLY_GATE : MIEN_ROWS_MULTIPLY;
    mien_status status = gate && k == 1
                             ? mien_step_back_gate(step, rows, channels, error)
                             : mien_step_rows(step, function, rows, channels, NULL, NULL, 0, error);
    return mien_back_done(planner, here->input[k], status, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    bool gate = is_gate(mien_graph_input_of(planner->graph, here, 0),
                        mien_graph_input_of(planner->graph, here, 1));
    mien_status status = MIEN_OK;
    for (int k = 0; k < 2 && status == MIEN_OK; k++) {
        if (mien_back_wants(planner, here->input[k])) {
            status = give_product(planner, here, k, gradient, gate, error);
        }
    }
    return status;
}

const mien_operator mien_operator_multiply = {
    .name = "multiply",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_INPUTS,
    .takes_clamp = true,
};

mien_node mien_multiply(mien_graph *graph, mien_node a, mien_node b) {
    const mien_node inputs[] = {a, b};
    return mien_graph_add(graph, &mien_operator_multiply, NULL, inputs, 2, NULL);
}
