// SPDX-License-Identifier: Apache-2.0
// min(max(x, low), high), and ReLU in terms of it.
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

#include <math.h>
#include <stdio.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    float low = node->attributes.clamp.low, high = node->attributes.clamp.high;
    if (!(low < high)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "from %g to %g; the first must be smaller",
                         (double)low, (double)high);
    }
    return mien_infer_same(graph, node, error);
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    snprintf(text, size, "%g to %g", (double)node->attributes.clamp.low,
             (double)node->attributes.clamp.high);
}

// XNNPACK wants low < high, so two clamps without a range in common stay two steps: `node` with
// its own, then the epilogue's.
static mien_status lower_apart(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                               mien_error *error) {
    const mien_shape *shape = &mien_graph_at(planner->graph, node)->shape;
    int32_t value;
    mien_status status = mien_planner_value(planner, node, &value, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_step *step = mien_planner_step(planner, value, MIEN_NO_VALUE, epilogue, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    status =
        mien_step_unary(step, MIEN_UNARY_CLAMP, mien_row_count(shape), mien_last_dim(shape), error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    // This clamp followed by the epilogue's is again a clamp.
    mien_epilogue both = mien_epilogue_none(epilogue->result);
    both.low = fminf(fmaxf(here->attributes.clamp.low, epilogue->low), epilogue->high);
    both.high = fminf(fmaxf(here->attributes.clamp.high, epilogue->low), epilogue->high);
    if (!(both.low < both.high)) {
        return lower_apart(planner, node, epilogue, error);
    }
    mien_node before = here->input[0];
    const mien_operator *operator_ = mien_graph_at(planner->graph, before)->operator_;
    if (operator_->takes_clamp && mien_planner_fusible(planner, before)) {
        return operator_->lower(planner, before, &both, error);
    }
    return mien_emit_unary(planner, node, MIEN_UNARY_CLAMP, &both, error);
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    mien_step *step = mien_back_step(planner, before, gradient, planner->value[node], error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    step->low = here->attributes.clamp.low;
    step->high = here->attributes.clamp.high;
    mien_status status = mien_step_back_rows(step, MIEN_BACK_CLAMP, mien_row_count(&here->shape),
                                             mien_last_dim(&here->shape), NULL, 0, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_clamp = {
    .name = "clamp",
    .infer = infer,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_OUTPUT,
    .takes_clamp = true,
};

const mien_operator mien_operator_relu = {
    .name = "relu",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
    .gradient_reads = MIEN_READS_OUTPUT,
    .takes_clamp = true,
};

mien_node mien_clamp(mien_graph *graph, mien_node input, float low, float high) {
    const mien_attributes attributes = {.clamp = {low, high}};
    return mien_graph_add(graph, &mien_operator_clamp, NULL, &input, 1, &attributes);
}

mien_node mien_relu(mien_graph *graph, mien_node input) {
    const mien_attributes attributes = {.clamp = {0, INFINITY}};
    return mien_graph_add(graph, &mien_operator_relu, NULL, &input, 1, &attributes);
}
