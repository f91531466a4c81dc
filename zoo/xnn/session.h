// SPDX-License-Identifier: Apache-2.0
/// @file
/// The insides of a session, for contexts.
#ifndef MIEN_XNN_SESSION_H
#define MIEN_XNN_SESSION_H

#include "mien/session.h"
#include "zoo/xnn/step.h"

#include <pthread.h>

/// The values of a layer that was asked for.
typedef struct mien_layer_values {
    int32_t activation, gradient; ///< gradient: MIEN_NO_VALUE for none
} mien_layer_values;

struct mien_session {
    pthread_mutex_t lock; ///< held while operators are made, as the store then has a current key
    mien_store *store;
    mien_step *steps;
    uint32_t step_count;
    uint32_t forward_count; ///< steps up to the logits; the rest is the way back
    size_t *value_elements; ///< one picture
    uint32_t value_count;
    int32_t output_value;
    int32_t extra_value; ///< MIEN_NO_VALUE for none
    int32_t seed_value;  ///< the gradient of the logits; MIEN_NO_VALUE without a way back
    mien_layer_values *layers;
    uint32_t layer_count;
};

/// @name Arena: where each value lives
/// Buffers are laid out by lifetimes: two values share bytes only when no step needs both.
/// @{
typedef struct mien_arena {
    size_t *offset;           ///< per value, bytes
    size_t *workspace_offset; ///< per step, bytes
    size_t bytes;
} mien_arena;

/// Lays out values for a batch. `workspace` has the bytes each step asked for. Fills `arena`,
/// whose arrays the caller has allocated. Errors: MIEN_INVALID_ARGUMENT when the batch is too
/// large to address, MIEN_OUT_OF_MEMORY.
mien_status mien_arena_plan(const mien_session *session, size_t batch, const size_t *workspace,
                            mien_arena *arena, mien_error *error);
/// @}

#endif
