// SPDX-License-Identifier: Apache-2.0
/// @file
/// The gradient of a network's logit with respect to what its layers compute.
///
/// A gradient session is a session (mien/session.h) whose plan goes on behind the logits: back
/// through the network, operator by operator, until it reaches the layers asked for. Its contexts
/// are made, reserved and freed like any other, and mien_context_run() computes logits alone.
/// Nothing is approximated: the gradient is that of the graph as inference computes it, dropout
/// seen through and batch norm by its running statistics.
#ifndef MIEN_GRADIENT_H
#define MIEN_GRADIENT_H

#include "mien/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mien_gradient_options {
    size_t size;
    const mien_node *layers; ///< whose activations and gradients are wanted; borrowed for the call
    uint32_t layer_count;    ///< at least 1
    mien_plan plan;
    bool activations_only; ///< plans no way back, for who wants the layers' activations alone
} mien_gradient_options;
#define MIEN_GRADIENT_OPTIONS(...) MIEN_OPTIONS(mien_gradient_options, __VA_ARGS__)

/// Plans `graph` forward and back, and packs its parameters for both; otherwise as
/// mien_session_create(). Errors, besides that one's: MIEN_INVALID_ARGUMENT when a layer is not a
/// node of the graph, or the logits do not depend on it (message names it). [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_gradient_session_create(
    const mien_graph *graph, const mien_weights *weights, const mien_gradient_options *options,
    mien_session **session, mien_error *error);

/// Whether the logits depend on `layer`, so that there is a gradient. [any thread]
MIEN_API bool mien_graph_leads_to_output(const mien_graph *graph, mien_node layer);

/// Stands for the class with the largest logit.
#define MIEN_PREDICTED_CLASS UINT32_MAX

/// Computes logits as mien_context_run() does, and then, for each picture, the gradient of the
/// logit of its class: `classes` has one a picture, or is NULL when all are MIEN_PREDICTED_CLASS.
/// `logits` may be NULL. Does not allocate when the batch equals that of the call before. Errors:
/// those of mien_context_run(), MIEN_INVALID_ARGUMENT for a class that does not exist or a session
/// without a way back. [one thread at a time per context]
MIEN_API MIEN_MUST_CHECK mien_status mien_context_gradient(mien_context *context,
                                                           const float *input, size_t batch,
                                                           const uint32_t *classes, float *logits,
                                                           mien_error *error);

/// After a run: activations of layer `index` of the session's options, batch × its shape, borrowed
/// until the next run. NULL before the first, and for an index beyond the layers.
/// [one thread at a time per context]
MIEN_API const float *mien_context_layer(const mien_context *context, uint32_t index);

/// After mien_context_gradient(): the chosen logits' gradient with respect to that layer, as
/// mien_context_layer(). NULL where there is none. [one thread at a time per context]
MIEN_API const float *mien_context_layer_gradient(const mien_context *context, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
