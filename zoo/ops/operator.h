// SPDX-License-Identifier: Apache-2.0
/// @file
/// What an operator is: one row of functions, in one file under zoo/ops/.
#ifndef MIEN_OPS_OPERATOR_H
#define MIEN_OPS_OPERATOR_H

#include "zoo/graph/graph.h"
#include "zoo/xnn/back.h"

struct mien_operator {
    const char *name;

    /// The shape rule: checks `node`'s inputs and attributes, writes node->shape, and asks for
    /// parameters with mien_graph_need(). The message says the shapes and the rule; the graph adds
    /// the operator and the node's name.
    mien_status (*infer)(mien_graph *graph, mien_graph_node *node, mien_error *error);

    /// Multiply-adds for one picture. NULL: none worth counting.
    uint64_t (*multiply_adds)(const mien_graph *graph, const mien_graph_node *node);

    /// A few words on the attributes. NULL: nothing to say.
    void (*detail)(const mien_graph_node *node, char *text, size_t size);

    /// Emits the steps that compute `node` followed by `epilogue`, and sets the value of
    /// epilogue->result. NULL: the output is the input seen with another shape.
    mien_status (*lower)(mien_planner *planner, mien_node node, const mien_epilogue *epilogue,
                         mien_error *error);

    /// Emits the steps that take `gradient`, the value of the output's gradient, to the inputs that
    /// are wanted (mien_back_wants()), and gives it to them. NULL: the only input's gradient is the
    /// output's.
    mien_status (*gradient)(mien_planner *planner, mien_node node, int32_t gradient,
                            mien_error *error);
    uint8_t gradient_reads; ///< MIEN_READS_INPUTS, MIEN_READS_OUTPUT

    bool takes_clamp; ///< lower applies epilogue->low and high
    bool takes_fold;  ///< lower applies epilogue->batch_norm
    bool takes_gelu;  ///< lower applies epilogue->gelu (where dense steps pay)

    /// Whether lower adds epilogue->residual at no cost. NULL: never.
    bool (*takes_residual)(const mien_planner *planner, mien_node node);
};

/// @name The table: one line an operator
/// @{
extern const mien_operator mien_operator_input;
extern const mien_operator mien_operator_conv2d;
extern const mien_operator mien_operator_linear;
extern const mien_operator mien_operator_batch_norm;
extern const mien_operator mien_operator_layer_norm;
extern const mien_operator mien_operator_add;
extern const mien_operator mien_operator_multiply;
extern const mien_operator mien_operator_relu;
extern const mien_operator mien_operator_clamp;
extern const mien_operator mien_operator_gelu;
extern const mien_operator mien_operator_sigmoid;
extern const mien_operator mien_operator_silu;
extern const mien_operator mien_operator_hard_swish;
extern const mien_operator mien_operator_max_pool2d;
extern const mien_operator mien_operator_average_pool2d;
extern const mien_operator mien_operator_global_average_pool;
extern const mien_operator mien_operator_pad;
extern const mien_operator mien_operator_flatten;
extern const mien_operator mien_operator_tokens;
extern const mien_operator mien_operator_class_token;
extern const mien_operator mien_operator_position_embedding;
extern const mien_operator mien_operator_select_token;
extern const mien_operator mien_operator_attention;
extern const mien_operator mien_operator_dropout;
extern const mien_operator mien_operator_stochastic_depth;
extern const mien_operator mien_operator_softmax;
/// @}

/// The shape of the only input, which must have rank `rank` (0: any): the commonest rule.
mien_status mien_expect_rank(const mien_graph *graph, const mien_graph_node *node, uint32_t rank,
                             const char *rule, mien_error *error);

/// Output is shaped like the first input.
mien_status mien_infer_same(mien_graph *graph, mien_graph_node *node, mien_error *error);

#endif
