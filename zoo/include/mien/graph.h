// SPDX-License-Identifier: Apache-2.0
/// @file
/// The graph: a network declared once, from which everything else is derived.
///
/// A plugin's `build` receives an empty graph and calls the functions below in the order of the
/// paper's table. Each returns the node it added. A mistake (a shape that does not fit, an unknown
/// node) is remembered by the graph, the call returns MIEN_NO_NODE, and every later call given
/// MIEN_NO_NODE returns it too; so a plugin checks once, at mien_graph_finish(). The first mistake
/// is the one reported, with the node's name, the shapes and the rule.
///
/// Shapes leave the batch out: {height, width, channels}, {tokens, channels} or {channels}.
/// A graph holds no weights, only named parameters with shapes; names follow PyTorch and timm
/// (`layer1.0.conv1.weight`). Strings passed in are copied. A graph under construction belongs to
/// one thread; a finished graph is immutable and may be read from any thread.
///
/// Options are structs whose first member is their own size; the MIEN_CONV2D(...)-style macros fill
/// it in. Their strings are copied too, and a member left out is zero.
#ifndef MIEN_GRAPH_H
#define MIEN_GRAPH_H

#include "mien/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// MIEN_OPTIONS(mien_linear_options, .features = 7) points to options that live until the end of
/// the full expression, which is the call they are passed to. In C++ it needs C++20, and members
/// in the order of their declaration.
#ifdef __cplusplus
extern "C++" {
template <typename options> inline const options *mien_borrow(const options &made) {
    return &made;
}
}
#define MIEN_OPTIONS(type, ...) (mien_borrow<type>({.size = sizeof(type), __VA_ARGS__}))
#else
#define MIEN_OPTIONS(type, ...) (&(const type){.size = sizeof(type), __VA_ARGS__})
#endif

typedef struct mien_graph mien_graph;

/// An index into the graph's nodes, in the order they were added.
typedef int32_t mien_node;
#define MIEN_NO_NODE ((mien_node) - 1)

/// Rows and columns of zeros (or, in pooling, of nothing) added around a feature map.
typedef struct mien_padding {
    uint32_t top, right, bottom, left;
} mien_padding;

typedef struct mien_extent {
    uint32_t height, width;
} mien_extent;

/// @name Building  [one thread at a time per graph]
/// @{

/// The picture: float32 NHWC, already scaled and normalised. Exactly one per graph, first.
MIEN_API mien_node mien_input(mien_graph *graph, uint32_t height, uint32_t width,
                              uint32_t channels);

typedef struct mien_conv2d_options {
    size_t size;
    uint32_t filters;     ///< output channels; must be a multiple of groups
    mien_extent kernel;   ///< at least 1×1
    mien_extent stride;   ///< 0 means 1
    mien_extent dilation; ///< 0 means 1
    mien_padding padding;
    uint32_t groups;       ///< 0 means 1; equal to the input's channels for a depthwise convolution
    bool bias;             ///< adds the parameter `<name>.bias`
    const char *weight;    ///< full parameter name instead of `<name>.weight`; NULL for the default
    const char *bias_name; ///< full parameter name instead of `<name>.bias`; NULL for the default
} mien_conv2d_options;
#define MIEN_CONV2D(...) MIEN_OPTIONS(mien_conv2d_options, __VA_ARGS__)

/// Cross-correlation, as in every framework. Input {H, W, C}; output
/// {(H + top + bottom − dilation·(kernel − 1) − 1) / stride + 1, …, filters}, rounded down.
/// Parameters `<name>.weight` {filters, C / groups, kernel height, kernel width} and, with bias,
/// `<name>.bias` {filters}.
MIEN_API mien_node mien_conv2d(mien_graph *graph, mien_node input, const char *name,
                               const mien_conv2d_options *options);

typedef struct mien_linear_options {
    size_t size;
    uint32_t features; ///< output features
    bool bias;
    const char *weight;    ///< full parameter name instead of `<name>.weight`; NULL for default
    const char *bias_name; ///< full parameter name instead of `<name>.bias`; NULL for default
} mien_linear_options;
#define MIEN_LINEAR(...) MIEN_OPTIONS(mien_linear_options, __VA_ARGS__)

/// y = x·Wᵀ + b over the last dimension. Input {C} or {T, C}. Parameters `<name>.weight`
/// {features, C} and, with bias, `<name>.bias` {features}.
MIEN_API mien_node mien_linear(mien_graph *graph, mien_node input, const char *name,
                               const mien_linear_options *options);

/// Inference form of batch normalisation over the last dimension, any rank:
/// y = (x − running_mean) / √(running_var + epsilon) · weight + bias. Parameters `<name>.weight`,
/// `.bias`, `.running_mean`, `.running_var`, each {C}. PyTorch's epsilon is 1e-5, Keras' 1e-3.
MIEN_API mien_node mien_batch_norm(mien_graph *graph, mien_node input, const char *name,
                                   float epsilon);

/// Layer normalisation over the last dimension (biased variance, as in PyTorch). Parameters
/// `<name>.weight` and `<name>.bias`, each {C}. timm's ViTs use epsilon 1e-6.
MIEN_API mien_node mien_layer_norm(mien_graph *graph, mien_node input, const char *name,
                                   float epsilon);

/// Elementwise sum of two nodes of equal shape.
MIEN_API mien_node mien_add(mien_graph *graph, mien_node a, mien_node b);

/// Elementwise product. Shapes are equal, or `b` is {C} (one gate per channel of `a`, as in
/// squeeze-and-excitation).
MIEN_API mien_node mien_multiply(mien_graph *graph, mien_node a, mien_node b);

MIEN_API mien_node mien_relu(mien_graph *graph, mien_node input);
/// min(max(x, low), high); ReLU6 is mien_clamp(graph, x, 0, 6).
MIEN_API mien_node mien_clamp(mien_graph *graph, mien_node input, float low, float high);
/// x·Φ(x) with the exact Gaussian distribution function (erf), as in PyTorch's default.
MIEN_API mien_node mien_gelu(mien_graph *graph, mien_node input);
MIEN_API mien_node mien_sigmoid(mien_graph *graph, mien_node input);
/// x·sigmoid(x), also called swish.
MIEN_API mien_node mien_silu(mien_graph *graph, mien_node input);
/// x·min(max(x + 3, 0), 6) / 6.
MIEN_API mien_node mien_hard_swish(mien_graph *graph, mien_node input);

typedef struct mien_pool2d_options {
    size_t size;
    mien_extent kernel;
    mien_extent stride;   ///< 0 means the kernel's extent
    mien_padding padding; ///< each side less than the kernel
    bool ceil_mode;       ///< round the output extent up instead of down
    bool count_padding;   ///< average only: divide by the whole window (PyTorch's default) instead
                          ///< of by the pixels inside the picture (TensorFlow's)
} mien_pool2d_options;
#define MIEN_POOL2D(...) MIEN_OPTIONS(mien_pool2d_options, __VA_ARGS__)

/// Largest value of each window; padding never wins. Input and output {H, W, C}.
MIEN_API mien_node mien_max_pool2d(mien_graph *graph, mien_node input,
                                   const mien_pool2d_options *options);
MIEN_API mien_node mien_average_pool2d(mien_graph *graph, mien_node input,
                                       const mien_pool2d_options *options);
/// Mean over everything but the last dimension: {H, W, C} or {T, C} to {C}.
MIEN_API mien_node mien_global_average_pool(mien_graph *graph, mien_node input);

/// Zeros appended around a feature map and after its last channel.
MIEN_API mien_node mien_pad(mien_graph *graph, mien_node input, mien_padding padding,
                            uint32_t channels_after);

typedef enum mien_flatten_order {
    MIEN_FLATTEN_HWC = 0, ///< the layout in memory; Keras and TensorFlow. Free.
    MIEN_FLATTEN_CHW = 1, ///< PyTorch's order, for weights of a linear layer trained there;
                          ///< differs for feature maps only
} mien_flatten_order;

/// Any shape to {elements}.
MIEN_API mien_node mien_flatten(mien_graph *graph, mien_node input, mien_flatten_order order);

/// {H, W, C} to {H·W, C}, row by row: a picture's patches as a sequence. Free.
MIEN_API mien_node mien_tokens(mien_graph *graph, mien_node input);

/// Puts the learnt token `parameter` {1, 1, C} in front of a sequence: {T, C} to {T + 1, C}.
MIEN_API mien_node mien_class_token(mien_graph *graph, mien_node input, const char *parameter);

/// Adds the learnt `parameter` {1, T, C} to a sequence {T, C}.
MIEN_API mien_node mien_position_embedding(mien_graph *graph, mien_node input,
                                           const char *parameter);

/// One token of a sequence: {T, C} to {C}.
MIEN_API mien_node mien_select_token(mien_graph *graph, mien_node input, uint32_t index);

/// Multi-head self-attention on stacked queries, keys and values: input {T, 3·C}, the three
/// parts one after the other, each split into `heads` runs of C / heads; output {T, C},
/// softmax(Q·Kᵀ / √(C / heads))·V per head. The projections before and after are linear nodes.
MIEN_API mien_node mien_attention(mien_graph *graph, mien_node qkv, uint32_t heads);

/// Training only; inference passes its input through, free. 0 ≤ rate < 1.
MIEN_API mien_node mien_dropout(mien_graph *graph, mien_node input, float rate);
/// Training only: drops a residual branch whole, per picture; free at inference. 0 ≤ rate < 1.
MIEN_API mien_node mien_stochastic_depth(mien_graph *graph, mien_node input, float rate);

/// Softmax over the last dimension. A classifier's graph ends in logits, without it: the host
/// applies softmax itself.
MIEN_API mien_node mien_softmax(mien_graph *graph, mien_node input);

/// Names a node after the block it ends ("layer4.1"), for `--layer` and reports. Returns `node`.
/// Names are unique; a node not named gets its operator's name and index ("relu_7").
MIEN_API mien_node mien_name(mien_graph *graph, mien_node node, const char *name);

/// The node whose activations explanation looks at by default: {H, W, C}, or {T, C} together
/// with the grid its last grid.height·grid.width tokens form. `grid` is {0, 0} for feature maps.
MIEN_API void mien_explain_layer(mien_graph *graph, mien_node node, mien_extent grid);

/// Records a plugin's own objection ("width must be a multiple of heads") as the graph's first
/// mistake, in the same way as a shape error; returns MIEN_NO_NODE.
MIEN_API mien_node mien_graph_reject(mien_graph *graph, const char *format, ...) MIEN_PRINTF(2, 3);
/// @}

/// @name Lifecycle
/// @{

/// A new, empty graph, the caller's to free. Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_graph_create(mien_graph **graph, mien_error *error);

/// Closes the graph with `logits` {classes} as its output. After success nothing can be added.
/// Errors: the first mistake made while building; MIEN_INVALID_ARGUMENT when no input was
/// declared, when `logits` is no vector, when a parameter name is used twice with different
/// shapes, or when the graph is finished already. [one thread at a time per graph]
MIEN_API MIEN_MUST_CHECK mien_status mien_graph_finish(mien_graph *graph, mien_node logits,
                                                       mien_error *error);

/// NULL is allowed. [one thread at a time per graph]
MIEN_API void mien_graph_free(mien_graph *graph);
/// @}

/// @name Reading a finished graph  [any thread]
/// @{
typedef struct mien_parameter {
    const char *name; ///< borrowed from the graph
    mien_shape shape;
} mien_parameter;

/// What a node costs for one picture.
typedef struct mien_cost {
    uint64_t multiply_adds;
    uint64_t parameters;       ///< numbers, not bytes
    uint64_t activation_bytes; ///< of its output in f32; 0 where the output is a view
} mien_cost;

typedef struct mien_node_info {
    size_t size;               ///< set by the caller: sizeof(mien_node_info)
    const char *name;          ///< borrowed; unique in the graph
    const char *operator_name; ///< "conv2d", "attention", …; borrowed, static
    mien_shape shape;
    uint32_t input_count;
    const mien_node *inputs; ///< `input_count` of them, each below this node; borrowed
    uint32_t parameter_count;
    mien_cost cost;
    char detail[96]; ///< "3×3 stride 2, 64 filters"; empty where there is nothing to say
} mien_node_info;

MIEN_API uint32_t mien_graph_node_count(const mien_graph *graph);
/// `node` must be below the count. Fills what lies within `info->size`; what it points to lives as
/// long as the graph.
MIEN_API void mien_graph_node_info(const mien_graph *graph, mien_node node, mien_node_info *info);
/// The node with this name, or MIEN_NO_NODE.
MIEN_API mien_node mien_graph_find(const mien_graph *graph, const char *name);
MIEN_API mien_node mien_graph_output(const mien_graph *graph);
MIEN_API mien_shape mien_graph_input_shape(const mien_graph *graph);
/// Length of the logits.
MIEN_API uint32_t mien_graph_classes(const mien_graph *graph);
/// MIEN_NO_NODE when the plugin named none; `grid` may be NULL.
MIEN_API mien_node mien_graph_explain_layer(const mien_graph *graph, mien_extent *grid);
MIEN_API uint32_t mien_graph_parameter_count(const mien_graph *graph);
/// `index` must be below the count. Order: first use.
MIEN_API mien_parameter mien_graph_parameter(const mien_graph *graph, uint32_t index);
MIEN_API mien_cost mien_graph_cost(const mien_graph *graph);
/// @}

#ifdef __cplusplus
}
#endif
#endif
