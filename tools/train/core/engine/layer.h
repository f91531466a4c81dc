// SPDX-License-Identifier: Apache-2.0
/// @file
/// A layer: one node of the graph at work on a batch, forward and backward.
///
/// One file an operator defines its mien_layer_kind; the table is in layers.c. A kind makes its
/// oneDNN primitives in `create` and allocates nothing later. Loops of our own run under OpenMP,
/// split so that the result does not depend on timing.
#ifndef MIEN_TRAIN_ENGINE_LAYER_H
#define MIEN_TRAIN_ENGINE_LAYER_H

#include "host/stateless_random.h"
#include "tools/train/core/engine/network.h"
#include "zoo/graph/graph.h"

#include <oneapi/dnnl/dnnl.h>

typedef struct mien_layer mien_layer;

typedef struct mien_layer_kind {
    const char *operator_name; ///< as in zoo/ops: "conv2d"
    size_t state_size;         ///< zeroed before create

    /// Makes primitives; asks for scratch and for buffers that live from forward to backward. NULL:
    /// none.
    mien_status (*create)(mien_layer *layer, mien_error *error);
    /// Reads input[].value, writes output.value.
    mien_status (*forward)(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error);
    /// Reads output.gradient, writes the gradients of inputs (mien_layer_input_gradient()) and of
    /// parameters that are not frozen.
    mien_status (*backward)(mien_layer *layer, mien_error *error);
    void (*destroy)(mien_layer *layer); ///< NULL: nothing to free

    /// What backward reads again, so that other buffers may be shared. The first is of input[0],
    /// then input[1].
    bool needs_input[2], needs_output;

    /// Output may stand where input[0] stands, value and gradient alike, and does (data of both are
    /// equal) where nobody else reads input[0]. Where forward would only copy, it may return at
    /// once. Such a kind does not need input[0].
    bool in_place;

    /// The gradient by input[0] may stand where the output's stands, and does where nobody else
    /// reads input[0].
    bool gradient_in_place;
} mien_layer_kind;

/// A node's activations for the batch and the loss's gradient by them. Views (tokens, flatten where
/// the order in memory stays) share both with their input, and have no layer; nor have nodes that
/// a layer before them computes along with its own.
typedef struct mien_value {
    float *data;
    float *gradient;  ///< NULL where no parameter before it learns
    size_t count;     ///< numbers of the whole batch
    mien_shape shape; ///< without the batch
} mien_value;

struct mien_layer {
    const mien_layer_kind *kind;
    mien_network *network;
    const mien_graph_node *node;
    mien_node index;
    mien_node makes; ///< whose value is the output: its own, or that of the last node that it takes
                     ///< along (fuse.c)
    const mien_graph_node *clamp; ///< what of that clamps a batch norm's output; NULL: nothing
    size_t batch;
    mien_node reads[2]; ///< whose values are the inputs; of what has no layer, reads[0] is where
                        ///< its numbers are
    uint32_t input_count;
    mien_value *input[2];
    mien_value *output;
    mien_network_parameter *parameter[MIEN_NODE_PARAMETERS];
    bool accumulates[2]; ///< input's gradient has been written before (by a later layer, or for
                         ///< input[0] when that is the same node): add to it
    void *state;
};

/// The engine's oneDNN handles.
dnnl_engine_t mien_network_engine(const mien_network *network);
dnnl_stream_t mien_network_stream(const mien_network *network);
const mien_reducer *mien_network_reducer(const mien_network *network);
uint64_t mien_network_seed(const mien_network *network);

uint32_t mien_network_threads(const mien_network *network);
mien_precision mien_network_precision(const mien_network *network);

/// @name Gradients by inputs
/// A layer writes to mien_layer_input_gradient() and then calls mien_layer_input_gradient_done(),
/// for input 0 first: where another layer has written already, the first is scratch, and the second
/// adds it. (A layer may as well look at accumulates[] and add to input[]->gradient itself.)
/// @{

/// In create: whether a gradient by this input may ever be asked for, whatever is frozen.
bool mien_layer_input_learns(const mien_layer *layer, uint32_t input);
float *mien_layer_input_gradient(mien_layer *layer, uint32_t input); ///< NULL: not wanted
void mien_layer_input_gradient_done(mien_layer *layer, uint32_t input);
/// @}

/// @name Memory, asked for in create
/// @{
/// `*pointer` will hold `bytes`, 64-byte aligned, from the end of network creation on: until the
/// layer's backward (KEPT) or within one call alone (SCRATCH, shared with other layers).
typedef enum mien_layer_memory { MIEN_MEMORY_KEPT, MIEN_MEMORY_SCRATCH } mien_layer_memory;
MIEN_MUST_CHECK mien_status mien_layer_need(mien_layer *layer, mien_layer_memory memory,
                                            size_t bytes, void **pointer, mien_error *error);
/// @}

/// Translates a oneDNN failure: "<operator> '<name>': cannot <what>: …".
mien_status mien_layer_dnnl(const mien_layer *layer, dnnl_status_t status, const char *what,
                            mien_error *error);

/// @name The table
/// @{
extern const mien_layer_kind mien_layer_conv2d, mien_layer_linear, mien_layer_batch_norm,
    mien_layer_batch_norm_gated, mien_layer_layer_norm, mien_layer_add, mien_layer_multiply,
    mien_layer_relu, mien_layer_clamp, mien_layer_gelu, mien_layer_sigmoid, mien_layer_silu,
    mien_layer_hard_swish, mien_layer_max_pool2d, mien_layer_average_pool2d,
    mien_layer_global_average_pool, mien_layer_pad, mien_layer_flatten, mien_layer_class_token,
    mien_layer_position_embedding, mien_layer_select_token, mien_layer_attention,
    mien_layer_dropout, mien_layer_stochastic_depth, mien_layer_softmax;
const mien_layer_kind *mien_layer_kind_of(const char *operator_name); ///< NULL: not known
/// @}

#endif
