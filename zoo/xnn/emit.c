// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/emit.h"

#include "zoo/xnn/back.h"

#include <stdlib.h>

mien_step *mien_emit(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                     mien_status *status, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    int32_t values[2] = {MIEN_NO_VALUE, MIEN_NO_VALUE};
    for (uint32_t i = 0; i < here->input_count; i++) {
        *status = mien_planner_value(planner, here->input[i], &values[i], error);
        if (*status != MIEN_OK) {
            return NULL;
        }
    }
    mien_step *step = mien_planner_step(planner, values[0], values[1], epilogue, error);
    *status = step ? MIEN_OK : MIEN_OUT_OF_MEMORY;
    if (step) {
        step->node = node;
    }
    return step;
}

mien_status mien_emit_rows(mien_planner *planner, mien_node node, mien_rows function,
                           uint32_t parameters, const mien_epilogue *epilogue, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    float *data[2] = {NULL, NULL};
    mien_status status = MIEN_OK;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    for (uint32_t i = 0; i < parameters && status == MIEN_OK; i++) {
        status = mien_planner_parameter(planner, node, i, &data[i], error);
    }
    if (status != MIEN_OK) {
        free(data[0]);
        free(data[1]);
        return status;
    }
    for (uint32_t i = 0; i < parameters; i++) {
        step->weight_bytes +=
            mien_elements(&planner->graph->parameters[here->parameter[i]].shape) * sizeof(float);
    }
    status =
        mien_step_rows(step, function, mien_row_count(&here->shape), mien_last_dim(&here->shape),
                       data[0], data[1], here->attributes.epsilon, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

mien_status mien_emit_unary(mien_planner *planner, mien_node node, mien_unary function,
                            const mien_epilogue *epilogue, mien_error *error) {
    const mien_shape *shape = &mien_graph_at(planner->graph, node)->shape;
    mien_status status;
    mien_step *step = mien_emit(planner, node, epilogue, &status, error);
    if (step) {
        status =
            mien_step_unary(step, function, mien_row_count(shape), mien_last_dim(shape), error);
    }
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

mien_status mien_emit_back(mien_planner *planner, mien_node node, int32_t gradient,
                           mien_back_rows function, int reads, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    mien_node before = here->input[0];
    int32_t value = planner->value[reads == MIEN_READS_INPUTS ? before : node];
    mien_step *step = mien_back_step(planner, before, gradient, value, error);
    if (!step) {
        return MIEN_OUT_OF_MEMORY;
    }
    mien_status status = mien_step_back_rows(step, function, mien_row_count(&here->shape),
                                             mien_last_dim(&here->shape), NULL, 0, error);
    return mien_back_done(planner, before, status, error);
}
