// SPDX-License-Identifier: Apache-2.0
// One block of memory for activations, their gradients and layers' workspaces, laid out by
// lifetimes over a whole step: node i works at time i going forward, and at 2·nodes − i coming
// back.
#include "tools/train/core/engine/engine.h"

#include "host/cli/text.h"
#include "zoo/xnn/place.h"

#include <stdlib.h>
#include <uv.h>

enum { ALIGNMENT = 64 };

static mien_node owner_of_input(const mien_network *network, const mien_layer *layer, uint32_t k) {
    return network->owner[layer->reads[k]];
}

/// How often a buffer is read, and whether who makes it reads it again coming back.
typedef struct mien_use {
    uint32_t readers;
    bool made_for_backward;
} mien_use;

static mien_use use_of(const mien_network *network, mien_node owner) {
    mien_use use = {0};
    for (uint32_t i = 0; i < network->node_count; i++) {
        const mien_layer *layer = &network->layers[i];
        if (!layer->kind) {
            continue;
        }
        for (uint32_t k = 0; k < layer->input_count; k++) {
            use.readers += owner_of_input(network, layer, k) == owner;
        }
        if (network->owner[i] == owner && layer->kind->needs_output) {
            use.made_for_backward = true;
        }
    }
    return use;
}

static bool may_stand_in(const mien_network *network, const mien_layer *layer) {
    const mien_node owner = owner_of_input(network, layer, 0);
    if (!layer->kind->in_place || owner == 0 || layer->input[0]->count != layer->output->count) {
        return false;
    }
    const mien_use use = use_of(network, owner);
    return use.readers == 1 && !use.made_for_backward;
}

/// Whose gradients stand in whose. From the last layer on, so that who lends has a place already.
static void lend_gradients(mien_network *network) {
    for (uint32_t i = 0; i < network->node_count; i++) {
        network->lender[i] = (mien_node)i;
    }
    const mien_node output = network->owner[network->graph->output];
    for (uint32_t i = network->node_count; i-- > 0;) {
        const mien_layer *layer = &network->layers[i];
        if (!layer->kind || !layer->kind->gradient_in_place || network->owner[i] == output) {
            continue;
        }
        const mien_node owner = owner_of_input(network, layer, 0);
        if (owner != 0 && layer->input[0]->count == layer->output->count &&
            use_of(network, owner).readers == 1) {
            network->lender[owner] = network->lender[network->owner[i]];
        }
    }
}

static void find_sums(mien_network *network, bool *written) {
    written[network->owner[network->graph->output]] = true;
    for (uint32_t i = network->node_count; i-- > 0;) {
        mien_layer *layer = &network->layers[i];
        for (uint32_t k = 0; layer->kind && network->learns[i] && k < layer->input_count; k++) {
            const mien_node owner = owner_of_input(network, layer, k);
            if (network->learns[layer->reads[k]] && owner != network->owner[i]) {
                layer->accumulates[k] = written[owner];
                written[owner] = true;
            }
        }
    }
}

mien_status mien_memory_share(mien_network *network, mien_error *error) {
    bool *written = calloc(network->node_count, sizeof *written);
    if (!written) {
        return mien_fail_memory(error, "planning activations");
    }
    // Views first, so that readers of a view count as readers of what it shows.
    for (uint32_t i = 0; i < network->node_count; i++) {
        const bool view = i > 0 && network->used[i] && !network->layers[i].kind;
        network->owner[i] = view ? owner_of_input(network, &network->layers[i], 0) : (mien_node)i;
    }
    for (uint32_t i = 0; i < network->node_count; i++) {
        const mien_layer *layer = &network->layers[i];
        if (!layer->kind || !may_stand_in(network, layer)) {
            continue;
        }
        const mien_node owner = owner_of_input(network, layer, 0);
        for (uint32_t k = i; k < network->node_count; k++) {
            network->owner[k] = network->owner[k] == (mien_node)i ? owner : network->owner[k];
        }
    }
    lend_gradients(network);
    find_sums(network, written);
    free(written);
    return MIEN_OK;
}

/// Everything that is placed: per node its value, then its gradient; per need that is kept; and
/// what all share, the scratch and the addend.
typedef struct mien_plan_blocks {
    mien_block *all;
    mien_block *values, *gradients, *kept, *scratch, *addend;
    mien_block **order;
    const mien_block **living;
    size_t count;
    uint32_t end; ///< the last moment
} mien_plan_blocks;

static bool open_blocks(const mien_network *network, mien_plan_blocks *blocks) {
    const size_t nodes = network->node_count;
    blocks->count = 2 * nodes + network->need_count + 2;
    blocks->end = 2 * network->node_count;
    blocks->all = calloc(blocks->count, sizeof *blocks->all);
    blocks->order = calloc(blocks->count, sizeof *blocks->order);
    blocks->living = calloc(blocks->count, sizeof *blocks->living);
    if (!blocks->all || !blocks->order || !blocks->living) {
        return false;
    }
    blocks->values = blocks->all;
    blocks->gradients = blocks->values + nodes;
    blocks->kept = blocks->gradients + nodes;
    blocks->scratch = blocks->kept + network->need_count;
    blocks->addend = blocks->scratch + 1;
    return true;
}

static void close_blocks(mien_plan_blocks *blocks) {
    free(blocks->all);
    free(blocks->order);
    free(blocks->living);
}

static void live_at(mien_block *block, size_t bytes, uint32_t time) {
    if (block->bytes == 0) {
        block->first = block->last = time;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block->bytes = bytes > block->bytes ? bytes : block->bytes;
    block->first = time < block->first ? time : block->first;
    block->last = time > block->last ? time : block->last;
}

static void live_always(mien_block *block, size_t bytes, uint32_t end) {
    live_at(block, bytes, 0);
    live_at(block, bytes, end);
}

/// Where the gradient of an owner stands.
static mien_block *gradient_of(const mien_network *network, mien_plan_blocks *blocks,
                               mien_node owner) {
    return &blocks->gradients[network->lender[owner]];
}

static void live_by_layer(const mien_network *network, const mien_layer *layer,
                          mien_plan_blocks *blocks) {
    const uint32_t forward = (uint32_t)layer->index, backward = blocks->end - forward;
    const bool learns = network->learns[layer->index];
    const mien_node owner = network->owner[layer->index];
    const size_t bytes = layer->output->count * sizeof(float);
    live_at(&blocks->values[owner], bytes, forward);
    if (learns) {
        live_at(gradient_of(network, blocks, owner), bytes, backward);
    }
    if (learns && layer->kind->needs_output) {
        live_at(&blocks->values[owner], bytes, backward);
    }
    for (uint32_t k = 0; k < layer->input_count; k++) {
        const mien_node input = owner_of_input(network, layer, k);
        const size_t input_bytes = layer->input[k]->count * sizeof(float);
        live_at(&blocks->values[input], input_bytes, forward);
        if (learns && layer->kind->needs_input[k]) {
            live_at(&blocks->values[input], input_bytes, backward);
        }
        if (network->learns[layer->reads[k]]) {
            live_at(gradient_of(network, blocks, input), input_bytes, backward);
        }
        if (layer->accumulates[k]) {
            live_always(blocks->addend, input_bytes, blocks->end);
        }
    }
}

/// A layer's scratch is one piece after the other; layers share the whole, as one works at a time.
static bool live_by_needs(const mien_network *network, size_t *scratch, mien_plan_blocks *blocks) {
    for (size_t i = 0; i < network->need_count; i++) {
        mien_need *need = &network->needs[i];
        const uint32_t forward = (uint32_t)need->layer->index;
        size_t *used = &scratch[forward], bytes;
        if (__builtin_add_overflow(need->bytes, (size_t)ALIGNMENT - 1, &bytes)) {
            return false;
        }
        if (need->memory == MIEN_MEMORY_KEPT) {
            live_at(&blocks->kept[i], need->bytes, forward);
            live_at(&blocks->kept[i], need->bytes, blocks->end - forward);
            continue;
        }
        need->offset = *used;
        if (__builtin_add_overflow(*used, bytes - bytes % ALIGNMENT, used)) {
            return false;
        }
        live_always(blocks->scratch, *used, blocks->end);
    }
    return true;
}

static mien_status lay_out(mien_network *network, size_t *scratch, mien_plan_blocks *blocks,
                           mien_error *error) {
    for (uint32_t i = 0; i < network->node_count; i++) {
        if (network->layers[i].kind) {
            live_by_layer(network, &network->layers[i], blocks);
        }
    }
    const mien_node output = network->owner[network->graph->output];
    live_always(&blocks->values[0], network->values[0].count * sizeof(float), blocks->end);
    live_at(&blocks->values[output], network->values[output].count * sizeof(float), blocks->end);
    live_always(&blocks->gradients[output], network->values[output].count * sizeof(float),
                blocks->end);
    bool fits = live_by_needs(network, scratch, blocks);
    size_t count = 0;
    for (size_t i = 0; i < blocks->count; i++) {
        if (blocks->all[i].bytes) {
            blocks->order[count++] = &blocks->all[i];
        }
    }
    if (!fits || !mien_place(blocks->order, count, blocks->living, &network->arena_bytes)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "a batch of %zu is too large",
                         network->options.batch);
    }
    return MIEN_OK;
}

static void point(mien_network *network, const mien_plan_blocks *blocks) {
    unsigned char *arena = network->arena;
    const mien_node output = network->owner[network->graph->output];
    for (uint32_t i = 0; i < network->node_count; i++) {
        const mien_node owner = network->owner[i];
        mien_value *value = &network->values[i];
        if (!network->used[i] && i > 0) {
            continue;
        }
        value->data = (float *)(arena + blocks->values[owner].offset);
        if (network->learns[i] || owner == output) {
            value->gradient = (float *)(arena + blocks->gradients[network->lender[owner]].offset);
        }
    }
    network->addend = (float *)(arena + blocks->addend->offset);
    for (size_t i = 0; i < network->need_count; i++) {
        const mien_need *need = &network->needs[i];
        const bool kept = need->memory == MIEN_MEMORY_KEPT;
        void *place =
            arena + (kept ? blocks->kept[i].offset : blocks->scratch->offset + need->offset);
        memcpy(need->pointer, &place, sizeof place); // it may be a pointer to any type
    }
}

/// Memory that is promised, but not there, would end a run in the middle of a step, or the machine.
static mien_status allocate(mien_network *network, mien_error *error) {
    const uint64_t there = uv_get_available_memory();
    if (network->arena_bytes > there) {
        char wanted_text[MIEN_TEXT_NUMBER], there_text[MIEN_TEXT_NUMBER];
        return mien_fail(error, MIEN_OUT_OF_MEMORY,
                         "a batch of %zu takes %s of memory, and %s are free; make batch or "
                         "pictures smaller",
                         network->options.batch, mien_text_bytes(network->arena_bytes, wanted_text),
                         mien_text_bytes(there, there_text));
    }
    network->arena = aligned_alloc(ALIGNMENT, network->arena_bytes);
    return network->arena ? MIEN_OK : mien_fail_memory(error, "activations of a batch");
}

mien_status mien_memory_plan(mien_network *network, mien_error *error) {
    mien_plan_blocks blocks = {0};
    size_t *scratch = calloc(network->node_count, sizeof *scratch);
    mien_status status = open_blocks(network, &blocks) && scratch
                             ? lay_out(network, scratch, &blocks, error)
                             : mien_fail_memory(error, "planning activations");
    if (status == MIEN_OK) {
        status = allocate(network, error);
    }
    if (status == MIEN_OK) {
        point(network, &blocks);
    }
    close_blocks(&blocks);
    free(scratch);
    return status;
}
