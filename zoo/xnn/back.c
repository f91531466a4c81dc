// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/back.h"

#include "zoo/ops/operator.h"
#include "zoo/xnn/emit.h"

void mien_back_prepare(mien_planner *planner, const mien_node *layers, uint32_t count) {
    const mien_graph *graph = planner->graph;
    mien_back_node *back = planner->back;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        back[i].gradient = MIEN_NO_VALUE;
        back[i].batch_norm = MIEN_NO_NODE;
    }
    for (uint32_t i = 0; i < count; i++) {
        back[layers[i]].layer = back[layers[i]].wanted = back[layers[i]].kept = true;
    }
    for (uint32_t i = 0; i < graph->node_count && planner->gradient; i++) {
        const mien_graph_node *node = &graph->nodes[i];
        bool behind = false;
        for (uint32_t k = 0; k < node->input_count; k++) {
            behind = behind || back[node->input[k]].wanted;
        }
        if (!behind) {
            continue;
        }
        back[i].wanted = true;
        back[i].kept = back[i].kept || (node->operator_->gradient_reads & MIEN_READS_OUTPUT);
        for (uint32_t k = 0; k < node->input_count; k++) {
            bool reads = node->operator_->gradient_reads & MIEN_READS_INPUTS;
            back[node->input[k]].kept = back[node->input[k]].kept || reads;
        }
    }
}

mien_status mien_back_give(mien_planner *planner, mien_node node, int32_t value,
                           mien_error *error) {
    int32_t before = mien_back_take(planner, node);
    if (before == MIEN_NO_VALUE) {
        planner->back[node].gradient = value;
        return MIEN_OK;
    }
    const mien_shape *shape = &mien_graph_at(planner->graph, node)->shape;
    mien_step *step = mien_back_step(planner, node, before, value, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status = mien_step_rows(step, MIEN_ROWS_ADD, mien_row_count(shape),
                                        mien_last_dim(shape), NULL, NULL, 0, error);
    return mien_back_done(planner, node, status, error);
}

int32_t mien_back_take(mien_planner *planner, mien_node node) {
    int32_t value = planner->back[node].gradient;
    planner->back[node].gradient = MIEN_NO_VALUE;
    return value;
}

mien_step *mien_back_step(mien_planner *planner, mien_node target, int32_t first, int32_t second,
                          mien_error *error) {
    const mien_shape *shape = &mien_graph_at(planner->graph, target)->shape;
    mien_step *step =
        mien_planner_scratch_step(planner, first, mien_elements(shape), target, error);
    if (step) {
        step->input[1] = second;
    }
    return step;
}

mien_status mien_back_done(mien_planner *planner, mien_node target, mien_status status,
                           mien_error *error) {
    int32_t output = planner->steps[planner->step_count - 1].output;
    if (status == MIEN_OK) {
        status = mien_planner_pack(planner, error);
    }
    return status == MIEN_OK ? mien_back_give(planner, target, output, error) : status;
}

static mien_status through(mien_planner *planner, mien_node node, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    int32_t gradient = planner->back[node].gradient;
    bool wanted = false;
    for (uint32_t k = 0; k < here->input_count; k++) {
        wanted = wanted || mien_back_wants(planner, here->input[k]);
    }
    if (!wanted || gradient == MIEN_NO_VALUE) {
        return MIEN_OK;
    }
    if (here->operator_->gradient) {
        return here->operator_->gradient(planner, node, gradient, error);
    }
    return mien_back_give(planner, here->input[0], gradient, error);
}

mien_status mien_back_run(mien_planner *planner, int32_t *seed, mien_error *error) {
    const mien_graph *graph = planner->graph;
    mien_status status = mien_planner_loose_value(
        planner, mien_elements(&graph->nodes[graph->output].shape), seed, error);
    if (status != MIEN_OK) {
        return status;
    }
    planner->back[graph->output].gradient = *seed;
    for (mien_node node = graph->output; node >= 0 && status == MIEN_OK; node--) {
        status = through(planner, node, error);
    }
    return status;
}
