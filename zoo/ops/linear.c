// SPDX-License-Identifier: Apache-2.0
#include "zoo/ops/operator.h"
#include "zoo/xnn/dense.h"
#include "zoo/xnn/steps.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FEATURES = 1 << 24 };

static mien_status infer(mien_graph *graph, mien_graph_node *node, mien_error *error) {
    const mien_shape *input = mien_graph_input_of(graph, node, 0);
    const mien_linear_options *o = &node->attributes.linear;
    if (input->rank != 1 && input->rank != 2) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "input is %s; it must be {channels} or {tokens, channels} (flatten first)",
                         mien_shape_format(input, text));
    }
    if (o->features == 0 || o->features > MAX_FEATURES) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%u features; it must be 1 to %d",
                         o->features, MAX_FEATURES);
    }
    node->shape = *input;
    node->shape.dim[input->rank - 1] = o->features;
    const mien_shape weight = {.rank = 2, .dim = {o->features, mien_last_dim(input)}};
    mien_status status = mien_graph_need(graph, node, o->weight, "weight", weight, error);
    if (status == MIEN_OK && o->bias) {
        const mien_shape bias = {.rank = 1, .dim = {o->features}};
        status = mien_graph_need(graph, node, o->bias_name, "bias", bias, error);
    }
    node->attributes.linear.weight = NULL;
    node->attributes.linear.bias_name = NULL;
    return status;
}

static uint64_t multiply_adds(const mien_graph *graph, const mien_graph_node *node) {
    return mien_last_dim(mien_graph_input_of(graph, node, 0)) * mien_elements(&node->shape);
}

static void detail(const mien_graph_node *node, char *text, size_t size) {
    snprintf(text, size, "%u features", node->attributes.linear.features);
}

static bool takes_residual(const mien_planner *planner, mien_node node) {
    (void)planner, (void)node;
    return mien_dense_pays();
}

static mien_status lower(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_linear_options *o = &here->attributes.linear;
    const mien_shape *shape = mien_graph_input_of(planner->graph, here, 0);
    int32_t input, residual = MIEN_NO_VALUE;
    float *weight = NULL, *bias = NULL;
    mien_status status = mien_planner_value(planner, here->input[0], &input, error);
    if (status == MIEN_OK && epilogue->residual != MIEN_NO_NODE) {
        status = mien_planner_value(planner, epilogue->residual, &residual, error);
    }
    if (status == MIEN_OK) {
        status = mien_planner_parameter(planner, node, 0, &weight, error);
    }
    if (status == MIEN_OK && o->bias) {
        status = mien_planner_parameter(planner, node, 1, &bias, error);
    }
    mien_step *step = NULL;
    if (status == MIEN_OK) {
        step = mien_planner_step(planner, input, residual, epilogue, error);
        status = step ? MIEN_OK : MIEN_OUT_OF_MEMORY;
    }
    if (status != MIEN_OK) {
        free(weight);
        free(bias);
        return status;
    }
    step->node = node;
    step->multiply_adds = multiply_adds(planner->graph, here);
    status = mien_step_linear(step, shape->rank == 2 ? shape->dim[0] : 1, mien_last_dim(shape),
                              o->features, weight, bias, error);
    return status == MIEN_OK ? mien_planner_pack(planner, error) : status;
}

/// {rows, columns} to {columns, rows}; NULL when out of memory.
static float *transposed(const float *matrix, size_t rows, size_t columns) {
    float *target = malloc(rows * columns * sizeof *target);
    for (size_t row = 0; target && row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            target[column * rows + row] = matrix[row * columns + column];
        }
    }
    return target;
}

// A linear layer with the weights transposed, and without the bias.
static mien_status gradient(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error) {
    const mien_graph_node *here = mien_graph_at(planner->graph, node);
    const mien_shape *input = mien_graph_input_of(planner->graph, here, 0);
    size_t inputs = mien_last_dim(input), outputs = mien_last_dim(&here->shape);
    mien_node before = here->input[0];
    float *weight;
    mien_status status = mien_planner_parameter(planner, node, 0, &weight, error);
    if (status != MIEN_OK) {
        return status;
    }
    float *turned = transposed(weight, outputs, inputs);
    free(weight);
    int32_t so_far = mien_dense_pays() ? mien_back_take(planner, before) : MIEN_NO_VALUE;
    mien_step *step = turned ? mien_back_step(planner, before, gradient, so_far, error) : NULL;
    if (!step) {
        free(turned);
        return mien_fail_memory(error, "weights");
    }
    step->multiply_adds = multiply_adds(planner->graph, here);
    status = mien_step_linear(step, input->rank == 2 ? input->dim[0] : 1, outputs, inputs, turned,
                              NULL, error);
    return mien_back_done(planner, before, status, error);
}

const mien_operator mien_operator_linear = {
    .name = "linear",
    .infer = infer,
    .multiply_adds = multiply_adds,
    .detail = detail,
    .lower = lower,
    .gradient = gradient,
    .takes_clamp = true,
    .takes_gelu = true,
    .takes_residual = takes_residual,
};

mien_node mien_linear(mien_graph *graph, mien_node input, const char *name,
                      const mien_linear_options *options) {
    mien_attributes attributes;
    mien_copy_options(&attributes.linear, sizeof attributes.linear, options);
    return mien_graph_add(graph, &mien_operator_linear, name, &input, 1, &attributes);
}
