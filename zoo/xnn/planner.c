// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/planner.h"

#include "zoo/graph/graph.h"
#include "zoo/ops/operator.h"
#include "zoo/weights/weights.h"
#include "zoo/xnn/back.h"

#include <math.h>
#include <stdlib.h>

mien_epilogue mien_epilogue_none(mien_node result) {
    return (mien_epilogue){MIEN_NO_NODE, MIEN_NO_NODE, -INFINITY, INFINITY, false, result};
}

bool mien_epilogue_clamps(const mien_epilogue *epilogue) {
    return epilogue->low != -INFINITY || epilogue->high != INFINITY;
}

bool mien_planner_fusible(const mien_planner *planner, mien_node node) {
    bool kept = node == planner->keep || (planner->back && planner->back[node].kept);
    return planner->uses[node] == 1 && !kept && planner->value[node] == MIEN_NO_VALUE;
}

mien_status mien_planner_value(mien_planner *planner, mien_node node, int32_t *value,
                               mien_error *error) {
    if (planner->value[node] == MIEN_NO_VALUE) {
        const mien_graph_node *here = mien_graph_at(planner->graph, node);
        mien_status status;
        if (here->operator_->lower) {
            mien_epilogue none = mien_epilogue_none(node);
            status = here->operator_->lower(planner, node, &none, error);
        } else {
            status = mien_planner_value(planner, here->input[0], &planner->value[node], error);
        }
        if (status != MIEN_OK) {
            return status;
        }
    }
    *value = planner->value[node];
    return MIEN_OK;
}

static bool add_value(mien_planner *planner, size_t elements) {
    if (planner->value_count == planner->value_capacity) {
        uint32_t capacity = planner->value_capacity ? planner->value_capacity * 2 : 64;
        size_t *grown = realloc(planner->value_elements, capacity * sizeof *grown);
        if (!grown) {
            return false;
        }
        planner->value_elements = grown;
        planner->value_capacity = capacity;
    }
    planner->value_elements[planner->value_count++] = elements;
    return true;
}

static mien_step *append(mien_planner *planner, const mien_step *model, size_t elements,
                         mien_error *error) {
    if (planner->step_count == planner->step_capacity) {
        uint32_t capacity = planner->step_capacity ? planner->step_capacity * 2 : 64;
        mien_step *grown = realloc(planner->steps, capacity * sizeof *grown);
        if (!grown) {
            mien_fail_memory(error, "a plan");
            return NULL;
        }
        planner->steps = grown;
        planner->step_capacity = capacity;
    }
    if (!add_value(planner, elements)) {
        mien_fail_memory(error, "a plan");
        return NULL;
    }
    mien_step *step = &planner->steps[planner->step_count];
    *step = *model;
    step->output = (int32_t)planner->value_count - 1;
    step->id = planner->step_count++;
    return step;
}

mien_step *mien_planner_step(mien_planner *planner, int32_t first, int32_t second,
                             const mien_epilogue *epilogue, mien_error *error) {
    const mien_step model = {
        .node = epilogue->result,
        .input = {first, second},
        .low = epilogue->low,
        .high = epilogue->high,
        .gelu = epilogue->gelu,
    };
    const mien_shape *shape = &mien_graph_at(planner->graph, epilogue->result)->shape;
    mien_step *step = append(planner, &model, mien_elements(shape), error);
    if (step) {
        planner->value[epilogue->result] = step->output;
    }
    return step;
}

mien_step *mien_planner_scratch_step(mien_planner *planner, int32_t first, size_t elements,
                                     mien_node node, mien_error *error) {
    const mien_step model = {
        .node = node,
        .input = {first, MIEN_NO_VALUE},
        .low = -INFINITY,
        .high = INFINITY,
    };
    return append(planner, &model, elements, error);
}

mien_status mien_planner_loose_value(mien_planner *planner, size_t elements, int32_t *value,
                                     mien_error *error) {
    if (!add_value(planner, elements)) {
        return mien_fail_memory(error, "a plan");
    }
    *value = (int32_t)planner->value_count - 1;
    return MIEN_OK;
}

mien_status mien_planner_pack(mien_planner *planner, mien_error *error) {
    mien_step *step = &planner->steps[planner->step_count - 1];
    size_t before = mien_store_bytes(planner->store);
    void *state = calloc(1, step->kind->state_size ? step->kind->state_size : 1);
    if (!state) {
        return mien_fail_memory(error, "packing weights");
    }
    mien_status status = step->kind->create(step, planner->store, 1, state, error);
    if (step->kind->destroy) {
        step->kind->destroy(step, state);
    }
    free(state);
    if (step->kind->packed) {
        step->kind->packed(step);
    }
    if (!step->weight_bytes) {
        step->weight_bytes = mien_store_bytes(planner->store) - before;
    }
    return status;
}

mien_status mien_planner_parameter(const mien_planner *planner, mien_node node, uint32_t index,
                                   float **data, mien_error *error) {
    const mien_graph *graph = planner->graph;
    const char *name = graph->parameters[mien_graph_at(graph, node)->parameter[index]].name;
    const mien_tensor *tensor = mien_weights_find(planner->weights, name);
    size_t count;
    if (!tensor || !mien_shape_elements(&tensor->shape, &count)) {
        return mien_fail(error, MIEN_BAD_INPUT, "weights lack '%s'", name);
    }
    float *values = malloc(count * sizeof *values);
    if (!values) {
        return mien_fail_memory(error, "weights");
    }
    if (tensor->dtype == MIEN_F16) {
        mien_f16_to_f32(tensor->data, values, count);
    } else {
        memcpy(values, tensor->data, count * sizeof *values);
    }
    mien_weights_forget(planner->weights, tensor->data, tensor->bytes);
    *data = values;
    return MIEN_OK;
}

mien_status mien_planner_batch_norm(const mien_planner *planner, mien_node node, float **scale,
                                    float **shift, mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    size_t channels = mien_last_dim(&here->shape);
    float *weight = NULL, *bias = NULL, *mean = NULL, *variance = NULL;
    mien_status status = mien_planner_parameter(planner, node, 0, &weight, error);
    if (status == MIEN_OK) {
        status = mien_planner_parameter(planner, node, 1, &bias, error);
    }
    if (status == MIEN_OK) {
        status = mien_planner_parameter(planner, node, 2, &mean, error);
    }
    if (status == MIEN_OK) {
        status = mien_planner_parameter(planner, node, 3, &variance, error);
    }
    if (status == MIEN_OK) {
        for (size_t c = 0; c < channels; c++) {
            double factor = weight[c] / sqrt((double)variance[c] + here->attributes.epsilon);
            weight[c] = (float)factor;
            bias[c] = (float)(bias[c] - mean[c] * factor);
        }
        *scale = weight;
        *shift = bias;
        weight = bias = NULL;
    }
    free(weight);
    free(bias);
    free(mean);
    free(variance);
    return status;
}

// Lowering recurses from a node to what it reads. Where that would go too deep for a stack, a node
// on the way is lowered beforehand, and with it what could have been fused there is lost.
static mien_status bound_recursion(mien_planner *planner, mien_error *error) {
    enum { DEEPEST = 1000 };
    const mien_graph *graph = planner->graph;
    uint32_t *depth = calloc(graph->node_count, sizeof *depth);
    if (!depth) {
        return mien_fail_memory(error, "a plan");
    }
    mien_status status = MIEN_OK;
    for (uint32_t i = 1; i < graph->node_count && status == MIEN_OK; i++) {
        const mien_graph_node *node = &graph->nodes[i];
        for (uint32_t k = 0; k < node->input_count; k++) {
            uint32_t below = depth[node->input[k]] + 1;
            depth[i] = below > depth[i] ? below : depth[i];
        }
        if (depth[i] == DEEPEST) {
            int32_t value;
            status = mien_planner_value(planner, (mien_node)i, &value, error);
            depth[i] = 0;
        }
    }
    free(depth);
    return status;
}

mien_status mien_planner_run(mien_planner *planner, mien_error *error) {
    const mien_graph *graph = planner->graph;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        planner->value[i] = MIEN_NO_VALUE;
        for (uint32_t k = 0; k < graph->nodes[i].input_count; k++) {
            planner->uses[graph->nodes[i].input[k]]++;
        }
    }
    planner->uses[graph->output]++; // the caller reads it
    // Value 0 is the picture, copied in by each run.
    if (!add_value(planner, mien_elements(&graph->nodes[0].shape))) {
        return mien_fail_memory(error, "a plan");
    }
    planner->value[0] = 0;
    mien_status status = bound_recursion(planner, error);
    int32_t value;
    if (status == MIEN_OK && planner->keep != MIEN_NO_NODE) {
        status = mien_planner_value(planner, planner->keep, &value, error);
    }
    for (uint32_t i = 0; planner->back && i < graph->node_count && status == MIEN_OK; i++) {
        if (planner->back[i].layer) {
            status = mien_planner_value(planner, (mien_node)i, &value, error);
        }
    }
    return status == MIEN_OK ? mien_planner_value(planner, graph->output, &value, error) : status;
}
