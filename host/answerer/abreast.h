// SPDX-License-Identifier: Apache-2.0
/// @file
/// Members that answer to one picture at the same time, each on one thread. Small networks do not
/// give several threads enough to do: they meet at every layer and wait for each other. Members
/// have nothing to wait for, but the threads of the last one are idle at the end, so the largest
/// members may do better in turn, with all threads.
#ifndef MIEN_HOST_ANSWERER_ABREAST_H
#define MIEN_HOST_ANSWERER_ABREAST_H

#include "host/answerer/internal.h"

typedef struct mien_abreast mien_abreast;

/// Of `count` members by their work, the largest first: how many should run in turn on all
/// `threads`, the others abreast. `count` where none should run abreast. `scratch` has room for as
/// many numbers as there are members. [any thread]
size_t mien_abreast_plan(const uint64_t *work, size_t count, uint32_t threads, double *scratch);

/// Makes a context of one thread for each member that is to run abreast, and threads to run them.
/// `*abreast` is NULL where running in turn is as quick. The answerer, assembled, must outlive it.
/// Free with mien_abreast_free(). Errors: mien_context_create()'s, mien_team_create()'s.
MIEN_MUST_CHECK mien_status mien_abreast_create(mien_answerer *answerer, uint32_t threads,
                                                mien_abreast **abreast, mien_error *error);
/// NULL is allowed.
void mien_abreast_free(mien_abreast *abreast);

/// Whether a member runs with mien_abreast_run().
bool mien_abreast_has(const mien_abreast *abreast, size_t member);
/// Fills the logits of the members that it has, for one picture. Errors: mien_model_run()'s, of the
/// first that failed. [one thread at a time per answerer]
MIEN_MUST_CHECK mien_status mien_abreast_run(mien_abreast *abreast, const float *const *inputs,
                                             mien_error *error);
size_t mien_abreast_arena_bytes(const mien_abreast *abreast);

#endif
