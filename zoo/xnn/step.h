// SPDX-License-Identifier: Apache-2.0
/// @file
/// A step of a plan: one algorithm on one or two inputs.
///
/// A step is shared by every context of a session and immutable once the session is made; what
/// changes from context to context (XNNPACK operators, scratch) is its *state*. The life of a
/// state: create, then per batch size reshape and setup, then run as often as wanted, destroy.
/// Only reshape, setup and create may allocate.
#ifndef MIEN_XNN_STEP_H
#define MIEN_XNN_STEP_H

#include "mien/graph.h"
#include "zoo/xnn/store.h"

#include <pthreadpool.h>

typedef struct mien_step mien_step;

/// Where a step reads and writes, for the whole batch. Buffers are 64-byte aligned, and may be
/// read (not written) up to MIEN_BUFFER_SLACK bytes past their end, as XNNPACK does.
typedef struct mien_step_buffers {
    const float *input[2]; ///< [1] is the second operand or the residual, NULL when there is none
    float *output;         ///< may be one of the inputs when the kind says in_place
    void *workspace;       ///< as large as reshape asked for
} mien_step_buffers;

enum { MIEN_BUFFER_ALIGNMENT = 64, MIEN_BUFFER_SLACK = 128 };

typedef struct mien_step_kind {
    const char *algorithm;
    size_t state_size; ///< bytes of per-context state, zeroed before create
    /// Makes operators. The first state of a step (of a session being made) finds the unpacked
    /// parameters in step->data and packs them into `store`; every later one finds them packed.
    /// `threads` is the most that `run` will use.
    mien_status (*create)(const mien_step *step, mien_store *store, uint32_t threads, void *state,
                          mien_error *error);
    /// Fits the state to a batch; writes the bytes of workspace it needs.
    mien_status (*reshape)(const mien_step *step, void *state, size_t batch,
                           pthreadpool_t threadpool, size_t *workspace, mien_error *error);
    /// Hands over the buffers that all following runs use.
    mien_status (*setup)(const mien_step *step, void *state, const mien_step_buffers *buffers,
                         mien_error *error);
    /// Computes. Does not allocate.
    mien_status (*run)(const mien_step *step, void *state, pthreadpool_t threadpool,
                       mien_error *error);
    /// Frees what create and reshape made, also after a create that failed half-way. NULL: nothing
    /// to free.
    void (*destroy)(const mien_step *step, void *state);
    /// Drops what only packing needs (called once all parameters are packed). NULL: nothing.
    void (*packed)(mien_step *step);
    /// Frees step->data. NULL: nothing to free.
    void (*free_data)(mien_step *step);
    bool in_place; ///< output may take the place of an input of equal size
} mien_step_kind;

enum { MIEN_NO_VALUE = -1 };

struct mien_step {
    const mien_step_kind *kind;
    mien_node node;         ///< the graph node whose result it makes, for profiles and messages
    int32_t input[2];       ///< values; MIEN_NO_VALUE for none
    int32_t output;         ///< value
    uint32_t id;            ///< its place among the steps; first part of its keys in the store
    float low, high;        ///< clamp of the output, ±INFINITY for none
    bool gelu;              ///< GELU of the output, instead of a clamp
    uint64_t multiply_adds; ///< of the direct algorithm, one picture
    uint64_t weight_bytes;  ///< packed, read by each run
    void *data;             ///< the kind's own
};

/// Starts XNNPACK, once a process. [any thread]
mien_status mien_xnn_initialize(mien_error *error);

#endif
