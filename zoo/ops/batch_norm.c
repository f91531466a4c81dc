// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

#include <stdlib.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    static const char *const suffixes[] = {"weight", "bias", "running_mean", "running_var"};
    if (!(node->attributes.epsilon >= 0)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "epsilon %g; it must be at least 0",
                         (double)node->attributes.epsilon);
    }
    mien_status status = mien_infer_same(graph, node, error);
    const mien_shape channels = {.rank = 1, .dim = {mien_last_dim(&node->shape)}};
    for (size_t i = 0; i < 4 && status == MIEN_OK; i++) {
        status = mien_graph_need(graph, node, NULL, suffixes[i], channels, error);
    }
    return status;
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    const mien_operator *operator_ = mien_graph_at(planner->graph, before)->operator_;
    if (operator_->takes_fold && mien_planner_fusible(planner, before)) {
        mien_epilogue folded = *epilogue;
        folded.batch_norm = node;
        return operator_->lower(planner, before, &folded, error);
    }
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    float *scale, *shift;
    if (status == MIEN_OK) {
        status = mien_planner_batch_norm(planner, node, &scale, &shift, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    step->weight_bytes = 2 * mien_last_dim(&here->shape) * sizeof(float);
    status = mien_step_rows(step, MIEN_ROWS_SCALE_SHIFT, mien_row_count(&here->shape),
                            mien_last_dim(&here->shape), scale, shift, 0, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

// A convolution that is seen only through its batch norm takes the scale into its weights.
static bool folds_back(const mien_planner *planner, mien_node before) {
    return mien_graph_at(planner->graph, before)->operator_->takes_fold &&
           planner->uses[before] == 1 && !planner->back[before].layer;
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    if (folds_back(planner, before)) {
        planner->back[before].batch_norm = node;
        return mien_back_give(planner, before, gradient, error);
    }
    float *scale, *shift;
    mien_status status = mien_planner_batch_norm(planner, node, &scale, &shift, error);
    if (status != MIEN_OK) {
        return status;
    }
    size_t channels = mien_last_dim(&here->shape);
    memset(shift, 0, channels * sizeof *shift);
    mien_step *step = mien_back_step(planner, before, gradient, MIEN_NO_VALUE, error);
    if (!step) {
        free(scale);
        free(shift);
        return MIEN_OUT_OF_MEMORY;
    }
    step->weight_bytes = 2 * channels * sizeof(float);
    status = mien_step_rows(step, MIEN_ROWS_SCALE_SHIFT, mien_row_count(&here->shape), channels,
                            scale, shift, 0, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_batch_norm = {
    .name = "batch_norm",
    .infer = infer,
    .lower = lower,
    .gradient = gradient,
    .takes_clamp = true,
};

mien_node mien_batch_norm(mien_graph *graph, mien_node input, const char *name, float epsilon) {
    const mien_attributes attributes = {.epsilon = epsilon};
    return mien_graph_add(graph, &mien_operator_batch_norm, name, &input, 1, &attributes);
}
