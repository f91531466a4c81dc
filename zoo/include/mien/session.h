// SPDX-License-Identifier: Apache-2.0
/// @file
/// Running a finished graph on XNNPACK.
///
/// A *session* is a planned graph with packed weights; it is immutable and shared by threads. A
/// *context* holds what one running thread needs (activations, operator objects, a thread pool).
/// Contexts of one session share its packed weights.
#ifndef MIEN_SESSION_H
#define MIEN_SESSION_H

#include "mien/graph.h"
#include "mien/weights.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mien_session mien_session;
typedef struct mien_context mien_context;

typedef enum mien_plan {
    MIEN_PLAN_FAST = 0,  ///< Winograd where it pays, packed weights at most twice the f32 weights
    MIEN_PLAN_SMALL = 1, ///< never expands weights
} mien_plan;

typedef struct mien_session_options {
    size_t size;
    mien_plan plan;
    mien_node extra_output; ///< a node whose activations contexts keep readable
                            ///< (mien_context_activation()); 0 for none
} mien_session_options;
#define MIEN_SESSION_OPTIONS(...) MIEN_OPTIONS(mien_session_options, __VA_ARGS__)

/// Plans `graph` and packs its parameters out of `weights`, after mien_weights_check(). Neither is
/// needed afterwards. `options` may be NULL. Free with mien_session_free(), after its contexts.
/// Errors: MIEN_BAD_INPUT (weights), MIEN_UNSUPPORTED, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_session_create(const mien_graph *graph,
                                                         const mien_weights *weights,
                                                         const mien_session_options *options,
                                                         mien_session **session, mien_error *error);
/// NULL is allowed. [one thread at a time]
MIEN_API void mien_session_free(mien_session *session);

/// Bytes of packed weights, all contexts together. [any thread]
MIEN_API size_t mien_session_packed_bytes(const mien_session *session);

/// A run context that uses `threads` threads (at least 1), the calling one included. The session
/// must outlive it. Errors: MIEN_OUT_OF_MEMORY, MIEN_INTERNAL. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_context_create(mien_session *session, uint32_t threads,
                                                         mien_context **context, mien_error *error);
/// NULL is allowed. [one thread at a time per context]
MIEN_API void mien_context_free(mien_context *context);

/// Plans activations for pictures in batches of `batch`. mien_context_run() does it when the batch
/// changes; call it to have the cost beforehand. Errors: MIEN_OUT_OF_MEMORY, MIEN_INVALID_ARGUMENT
/// (0, or too large to address). [one thread at a time per context]
MIEN_API MIEN_MUST_CHECK mien_status mien_context_reserve(mien_context *context, size_t batch,
                                                          mien_error *error);

/// Computes logits. `input`: batch × height × width × channels f32, NHWC, normalised; any
/// alignment. `logits`: batch × classes f32, the caller's. Does not allocate when the batch equals
/// that of the call before. [one thread at a time per context]
MIEN_API MIEN_MUST_CHECK mien_status mien_context_run(mien_context *context, const float *input,
                                                      size_t batch, float *logits,
                                                      mien_error *error);

/// Sends the context's other threads to sleep until its next run. After a run they wait busily for
/// a while, which makes the next run quick but takes the processors from contexts that run in turn
/// with this one. [one thread at a time per context]
MIEN_API void mien_context_rest(mien_context *context);

/// After a run: activations of the session's extra output, batch × its shape, borrowed until the
/// next run. NULL when the session has none. [one thread at a time per context]
MIEN_API const float *mien_context_activation(const mien_context *context);

/// Bytes of activations and workspaces planned for the current batch. [any thread]
MIEN_API size_t mien_context_arena_bytes(const mien_context *context);

/// One step of the plan, measured.
typedef struct mien_step_profile {
    mien_node node;         ///< the graph node whose result the step makes
    const char *algorithm;  ///< "winograd F(4x4,3x3)", "igemm", "depthwise", …; borrowed, static
    double milliseconds;    ///< median over the repetitions
    uint64_t multiply_adds; ///< of the direct algorithm, whole batch, so that Winograd shows its
                            ///< gain as GFLOP/s beyond the machine's
    uint64_t bytes;         ///< weights read + activations read and written, whole batch
} mien_step_profile;

/// The same for every batch. [any thread]
MIEN_API uint32_t mien_context_step_count(const mien_context *context);

/// Runs `repetitions` times step by step and fills `steps`, the caller's, with
/// mien_context_step_count() entries of `step_size` bytes: sizeof(mien_step_profile), so that a
/// later version may append members. Errors: those of mien_context_run(), MIEN_INVALID_ARGUMENT
/// (no repetitions). [one thread at a time per context]
MIEN_API MIEN_MUST_CHECK mien_status mien_context_profile(mien_context *context, const float *input,
                                                          size_t batch, uint32_t repetitions,
                                                          mien_step_profile *steps,
                                                          size_t step_size, mien_error *error);

#ifdef __cplusplus
}
#endif
#endif
