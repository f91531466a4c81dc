// SPDX-License-Identifier: Apache-2.0
/// @file
/// The insides of a session, for contexts.
#ifndef MIEN_XNN_SESSION_H
#define MIEN_XNN_SESSION_H

#include "mien/session.h"
#include "zoo/xnn/step.h"

#include <pthread.h>

struct mien_session {
    pthread_mutex_t lock; ///< held while operators are made, as the store then has a current key
    mien_store *store;
    mien_step *steps;
    uint32_t step_count;
    size_t *value_elements; ///< one picture
    uint32_t value_count;
    int32_t output_value;
    int32_t extra_value; ///< MIEN_NO_VALUE for none
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
