// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/back_steps.h"
#include "zoo/xnn/emit.h"

#include <stdio.h>

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    mien_status status = mien_expect_rank(graph, node, 3, "{height, width, channels}", error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    const mien_padding *p = &node->attributes.pad.padding;
    node->shape = (mien_shape){
        .rank = 3,
        .dim = {input->dim[0] + p->top + p->bottom, input->dim[1] + p->left + p->right,
                input->dim[2] + node->attributes.pad.channels_after},
    };
    return MIEN_OK;
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    const mien_padding *p = &node->attributes.pad.padding;
    snprintf(text, size, "%u, %u, %u, %u, channels +%u", p->top, p->right, p->bottom, p->left,
             node->attributes.pad.channels_after);
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        status =
            mien_step_pad(step, here->attributes.pad.padding, here->attributes.pad.channels_after,
                          mien_graph_input_of(planner->graph, here, 0), error);
    }
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_padding *padding = &here->attributes.pad.padding;
    mien_node before = here->input[0];
    mien_step *step = mien_back_step(planner, before, gradient, MIEN_NO_VALUE, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status =
        mien_step_crop(step, &here->shape, mien_graph_input_of(planner->graph, here, 0),
                       padding->top, padding->left, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_pad = {
    .name = "pad",
    .infer = infer,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
};

mien_node mien_pad(mien_graph *graph, mien_node input, mien_padding padding,
                   uint32_t channels_after) {
    const mien_attributes attributes = {.pad = {padding, channels_after}};
    return mien_graph_add(graph, &mien_operator_pad, NULL, &input, 1, &attributes);
}
