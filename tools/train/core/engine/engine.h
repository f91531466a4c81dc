// SPDX-License-Identifier: Apache-2.0
/// @file
/// A network's insides, for the files that make it.
#ifndef MIEN_TRAIN_ENGINE_ENGINE_H
#define MIEN_TRAIN_ENGINE_ENGINE_H

#include "tools/train/core/engine/layer.h"

/// What a layer asked for with mien_layer_need().
typedef struct mien_need {
    const mien_layer *layer;
    mien_layer_memory memory;
    size_t bytes;
    void **pointer;
    size_t offset; ///< of scratch: in what the layer has of it
} mien_need;

/// A parameter that a later layer uses, too: this layer writes its gradient beside it, and the
/// network adds it.
typedef struct mien_shadow {
    mien_network_parameter parameter; ///< what the layer sees
    mien_network_parameter *real;
    mien_layer *layer;
} mien_shadow;

struct mien_network {
    const mien_graph *graph;
    mien_network_options options;
    dnnl_engine_t engine;
    dnnl_stream_t stream;

    uint32_t node_count;
    mien_layer *layers; ///< one a node; without kind where nothing is to be computed
    mien_value *values; ///< one a node
    mien_node *owner;   ///< per node: the node whose buffers it stands in
    mien_node *lender;  ///< per owner: the owner whose gradient its gradient stands in
    bool *used;         ///< per node: the logits depend on it
    bool *learns;       ///< per node: it depends on a parameter that can learn
    bool *wanted;       ///< the same, without the parameters that are frozen now

    mien_network_parameter *parameters;
    uint32_t parameter_count;
    size_t parameter_total; ///< numbers
    float *parameter_values, *parameter_gradients;
    mien_shadow *shadows;
    uint32_t shadow_count;

    mien_need *needs;
    size_t need_count, need_capacity;
    void *arena;
    size_t arena_bytes;
    float *addend; ///< a gradient on its way to be added to another

    bool trained; ///< the last forward was one that backward may follow
};

/// Which nodes the logits depend on.
void mien_network_trace(mien_network *network);

/// Gives batch norms what is done to their output at once: an addition, a ReLU or clamp. Before
/// parameters and memory are planned.
void mien_network_fuse(mien_network *network);

/// Parameters with their values and gradients; layers' pointers to them; which nodes depend on any.
mien_status mien_parameters_create(mien_network *network, mien_error *error);
void mien_parameters_free(mien_network *network);
/// Adds what `layer` wrote beside a shared gradient.
void mien_parameters_add_shadows(mien_network *network, const mien_layer *layer);

/// Which buffers are shared, and which gradients are added up. Before layers are created, as they
/// ask about it.
mien_status mien_memory_share(mien_network *network, mien_error *error);
/// Lays everything out, allocates it, and sets all pointers.
mien_status mien_memory_plan(mien_network *network, mien_error *error);

#endif
