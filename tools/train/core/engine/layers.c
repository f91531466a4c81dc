// SPDX-License-Identifier: Apache-2.0
// The table of layers, and what layers ask of their network.
#include "tools/train/core/engine/engine.h"
#include "tools/train/core/engine/rows.h"

#include <stdlib.h>

static const mien_layer_kind *const kinds[] = {
    &mien_layer_conv2d,
    &mien_layer_linear,
    &mien_layer_batch_norm,
    &mien_layer_add,
    &mien_layer_multiply,
    &mien_layer_relu,
    &mien_layer_clamp,
    &mien_layer_max_pool2d,
    &mien_layer_average_pool2d,
    &mien_layer_global_average_pool,
    &mien_layer_pad,
    &mien_layer_layer_norm,
    &mien_layer_gelu,
    &mien_layer_sigmoid,
    &mien_layer_silu,
    &mien_layer_hard_swish,
    &mien_layer_flatten,
    &mien_layer_class_token,
    &mien_layer_position_embedding,
    &mien_layer_select_token,
    &mien_layer_attention,
    &mien_layer_dropout,
    &mien_layer_stochastic_depth,
    &mien_layer_softmax,
};

const mien_layer_kind *mien_layer_kind_of(const char *operator_name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i]->operator_name, operator_name) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

dnnl_engine_t mien_network_engine(const mien_network *network) {
    return network->engine;
}

dnnl_stream_t mien_network_stream(const mien_network *network) {
    return network->stream;
}

const mien_reducer *mien_network_reducer(const mien_network *network) {
    return network->options.reducer;
}

uint64_t mien_network_seed(const mien_network *network) {
    return network->options.seed;
}

uint32_t mien_network_threads(const mien_network *network) {
    return network->options.threads;
}

mien_precision mien_network_precision(const mien_network *network) {
    return network->options.precision;
}

bool mien_layer_input_learns(const mien_layer *layer, uint32_t input) {
    return layer->network->learns[layer->reads[input]];
}

float *mien_layer_input_gradient(mien_layer *layer, uint32_t input) {
    if (!layer->network->wanted[layer->reads[input]]) {
        return NULL;
    }
    return layer->accumulates[input] ? layer->network->addend : layer->input[input]->gradient;
}

void mien_layer_input_gradient_done(mien_layer *layer, uint32_t input) {
    if (layer->accumulates[input] && layer->network->wanted[layer->reads[input]]) {
        float *sum = layer->input[input]->gradient;
        mien_add_rows(sum, layer->network->addend, sum, layer->input[input]->count);
    }
}

mien_status mien_layer_need(mien_layer *layer, mien_layer_memory memory, size_t bytes,
                            void **pointer, mien_error *error) {
    mien_network *network = layer->network;
    if (network->need_count == network->need_capacity) {
        const size_t capacity = network->need_capacity ? 2 * network->need_capacity : 64;
        mien_need *needs = realloc(network->needs, capacity * sizeof *needs);
        if (!needs) {
            return mien_fail_memory(error, "a layer");
        }
        network->needs = needs;
        network->need_capacity = capacity;
    }
    network->needs[network->need_count++] =
        (mien_need){.layer = layer, .memory = memory, .bytes = bytes, .pointer = pointer};
    return MIEN_OK;
}

mien_status mien_layer_dnnl(const mien_layer *layer, dnnl_status_t status, const char *what,
                            mien_error *error) {
    static const char *const texts[] = {
        [dnnl_success] = "success",
        [dnnl_out_of_memory] = "out of memory",
        [dnnl_invalid_arguments] = "invalid arguments",
        [dnnl_unimplemented] = "not implemented",
        [dnnl_last_impl_reached] = "no implementation left",
        [dnnl_runtime_error] = "failed at run time",
        [dnnl_not_required] = "not required",
        [dnnl_invalid_graph] = "invalid graph",
        [dnnl_invalid_graph_op] = "invalid graph operator",
        [dnnl_invalid_shape] = "invalid shape",
        [dnnl_invalid_data_type] = "invalid data type",
    };
    if (status == dnnl_success) {
        return MIEN_OK;
    }
    const mien_status code = status == dnnl_out_of_memory   ? MIEN_OUT_OF_MEMORY
                             : status == dnnl_unimplemented ? MIEN_UNSUPPORTED
                                                            : MIEN_INTERNAL;
    const size_t index = (size_t)status;
    return mien_fail(error, code, "%s '%s': oneDNN cannot %s: %s", layer->kind->operator_name,
                     layer->node->name, what,
                     index < sizeof texts / sizeof *texts ? texts[index] : "unknown failure");
}
