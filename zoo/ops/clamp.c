// SPDX-License-Identifier: Apache-2.0
// min(max(x, low), high), and ReLU in terms of it.
#include "zoo/ops/operator.h"
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

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    // This clamp followed by the epilogue's is again a clamp.
    mien_epilogue both = mien_epilogue_none(epilogue->result);
    both.low = fminf(fmaxf(here->attributes.clamp.low, epilogue->low), epilogue->high);
    both.high = fminf(fmaxf(here->attributes.clamp.high, epilogue->low), epilogue->high);
    mien_node before = here->input[0];
    const mien_operator *operator_ = mien_graph_at(planner->graph, before)->operator_;
    // XNNPACK wants low < high; two clamps without overlap stay two steps.
    if (both.low < both.high && operator_->takes_clamp && mien_planner_fusible(planner, before)) {
        return operator_->lower(planner, before, &both, error);
    }
    mien_epilogue own = mien_epilogue_none(node);
    own.low = here->attributes.clamp.low;
    own.high = here->attributes.clamp.high;
    if (both.low < both.high) {
        own = both;
    } else if (mien_epilogue_clamps(epilogue)) {
        return mien_fail(error, MIEN_UNSUPPORTED, "clamps '%s' and after leave no range",
                         here->name);
    }
    return mien_emit_unary(planner, node, MIEN_UNARY_CLAMP, &own, error);
}

const mien_operator mien_operator_clamp = {
    .name = "clamp",
    .infer = infer,
    .detail = detail,
    .lower = lower,
    .takes_clamp = true,
};

const mien_operator mien_operator_relu = {
    .name = "relu",
    .infer = infer,
    .lower = lower,
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
