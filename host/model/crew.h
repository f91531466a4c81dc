// SPDX-License-Identifier: Apache-2.0
/// @file
/// Threads that share out the pictures of a batch: each computes whole pictures in a run context of
/// its own over the one session. They meet once a batch, where the threads of one context meet at
/// every step, so small networks lose less time, and a thread that other programs keep waiting
/// holds up the rest for less.
#ifndef MIEN_HOST_MODEL_CREW_H
#define MIEN_HOST_MODEL_CREW_H

#include "mien/session.h"

typedef struct mien_crew mien_crew;

/// `helpers` threads beside the calling one. The session must outlive the crew. Free with
/// mien_crew_free(). Errors: mien_context_create()'s, MIEN_OUT_OF_MEMORY, MIEN_INTERNAL (no more
/// threads).
MIEN_MUST_CHECK mien_status mien_crew_create(mien_session *session, uint32_t helpers,
                                             mien_crew **crew, mien_error *error);
/// Ends the threads. NULL is allowed.
void mien_crew_free(mien_crew *crew);

/// What a run works on.
typedef struct mien_crew_batch {
    const float *input;
    float *logits;
    size_t pictures;
    size_t input_numbers, classes; ///< of one picture
} mien_crew_batch;

/// mien_context_run() over the batch, `own` being the context of the calling thread. Errors: those
/// of the first part that fails. [one thread at a time per crew]
MIEN_MUST_CHECK mien_status mien_crew_run(mien_crew *crew, mien_context *own,
                                          const mien_crew_batch *batch, mien_error *error);

#endif
