// SPDX-License-Identifier: Apache-2.0
/// @file
/// A graph that can learn: forward, loss gradient in, gradients of every parameter out, on oneDNN.
///
/// Activations and their gradients are plain NHWC (tokens and vectors likewise, channels last);
/// only weights take the layout that a primitive asks for, and are brought there as it runs. A
/// parameter's value and gradient stand in PyTorch's order, f32, whatever the precision of the
/// arithmetic. Everything is planned and allocated when the network is made; a step allocates
/// nothing.
///
/// The same seed, step and pictures give the same bits, on the same processor with the same number
/// of threads.
#ifndef MIEN_TRAIN_ENGINE_NETWORK_H
#define MIEN_TRAIN_ENGINE_NETWORK_H

#include "mien/graph.h"
#include "mien/weights.h"

/// A network under training. [one thread at a time]
typedef struct mien_network mien_network;

typedef enum mien_precision {
    MIEN_PRECISION_F32 = 0,
    MIEN_PRECISION_BF16 = 1, ///< factors of products in bf16; sums and all that is kept in f32
} mien_precision;

/// Whether the processor has such products: of bf16, avx512_bf16, which comes with AMX, too. [any
/// thread]
bool mien_precision_pays(mien_precision precision);

/// Adds up numbers over processes that train together, in place. `context` is the reducer's.
typedef struct mien_reducer {
    void (*sum)(void *context, float *numbers, size_t count);
    void *context;
    uint32_t processes, rank;
} mien_reducer;

typedef struct mien_network_options {
    size_t batch; ///< pictures a step, of this process
    mien_precision precision;
    uint32_t threads;            ///< 0: one a processor
    uint64_t seed;               ///< of dropout and stochastic depth
    const mien_reducer *reducer; ///< shares batch norms' statistics; borrowed; NULL: one process
} mien_network_options;

/// Plans training of a finished graph, which must outlive the network. Parameters are zero until
/// mien_network_initialize() or the caller writes them. Errors: MIEN_UNSUPPORTED (names the node),
/// MIEN_OUT_OF_MEMORY, MIEN_INVALID_ARGUMENT.
MIEN_MUST_CHECK mien_status mien_network_create(const mien_graph *graph,
                                                const mien_network_options *options,
                                                mien_network **network, mien_error *error);
/// NULL is allowed.
void mien_network_free(mien_network *network);

/// @name Parameters
/// @{
typedef enum mien_parameter_role {
    MIEN_ROLE_WEIGHT = 0,    ///< convolutions' and linear layers' weights: decay applies
    MIEN_ROLE_OTHER = 1,     ///< biases, norms' scales and shifts, tokens, positions: no decay
    MIEN_ROLE_STATISTIC = 2, ///< running mean and variance: kept by forward, never optimised
} mien_parameter_role;

typedef struct mien_network_parameter {
    const char *name; ///< borrowed from the graph
    mien_shape shape;
    mien_parameter_role role;
    mien_node node; ///< the first that uses it: its depth in the network
    size_t count;
    float *value;    ///< PyTorch's order
    float *gradient; ///< the same; NULL for statistics
    bool frozen;     ///< no gradient is computed; a batch norm whose scale is frozen also keeps its
                     ///< statistics and normalises with them
} mien_network_parameter;

/// In the graph's order, mien_graph_parameter_count() of them. The array and its buffers are the
/// network's; values may be written between steps.
mien_network_parameter *mien_network_parameters(mien_network *network, size_t *count);

/// Values all at once, one after the other in the order above: what optimizers, averages and
/// checkpoints walk over. `*count` numbers; gradients are laid out alike (zeros for statistics).
float *mien_network_values(mien_network *network, size_t *count);
float *mien_network_gradients(mien_network *network);

/// Initialises as PyTorch's and timm's models do: convolutions He-normal (fan out), linear layers
/// of token sequences and their parameters truncated normal 0.02, other linear layers uniform
/// ±1/√fan-in, norms 1 and 0 (the last norm of a residual branch stays 1), statistics 0 and 1.
void mien_network_initialize(mien_network *network, uint64_t seed);

/// Recomputes what depends on mien_network_parameter.frozen. Call after changing it.
MIEN_MUST_CHECK mien_status mien_network_freeze(mien_network *network, mien_error *error);
/// @}

/// @name A step
/// @{
/// Where the next step's pictures go: batch × input shape.
float *mien_network_input(mien_network *network);
/// batch × classes, after forward.
const float *mien_network_logits(const mien_network *network);
/// batch × classes.
size_t mien_network_logit_count(const mien_network *network);
/// Where the loss's gradient goes before backward: batch × classes.
float *mien_network_logit_gradients(mien_network *network);

typedef enum mien_mode {
    MIEN_MODE_TRAIN = 0,    ///< batch statistics, dropout, stochastic depth; backward may follow
    MIEN_MODE_EVALUATE = 1, ///< running statistics, nothing dropped: what a session computes
    /// As MIEN_MODE_EVALUATE, but batch norms that are not frozen first move their statistics
    /// towards this batch's, by 1/(step + 1) of the way, and their scale and offset so that the
    /// network computes what it did. After steps 0 to n - 1 the statistics are those of n batches.
    MIEN_MODE_REFRESH = 2,
} mien_mode;

/// `step` numbers the draws of dropout and stochastic depth. Errors: MIEN_INTERNAL.
MIEN_MUST_CHECK mien_status mien_network_forward(mien_network *network, mien_mode mode,
                                                 uint64_t step, mien_error *error);
/// Overwrites all gradients. Only after a forward in MIEN_MODE_TRAIN.
MIEN_MUST_CHECK mien_status mien_network_backward(mien_network *network, mien_error *error);
/// @}

/// Bytes planned: parameters with gradients, and activations with workspaces.
typedef struct mien_network_bytes {
    size_t parameters, activations;
} mien_network_bytes;
mien_network_bytes mien_network_memory(const mien_network *network);

#endif
