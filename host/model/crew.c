// SPDX-License-Identifier: Apache-2.0
#include "host/model/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/// A helper: a thread and its context, and what became of its part.
typedef struct {
    mien_crew *crew;
    mien_context *context;
    pthread_t thread;
    bool running; ///< there is a thread to join
    mien_status status;
    mien_error error;
} member;

struct mien_crew {
    pthread_mutex_t mutex; ///< guards all below that changes after creation
    pthread_cond_t begun, finished;
    uint64_t round; ///< batches so far; a helper works when it changes
    uint32_t busy;  ///< helpers that have not finished this round
    bool ending;
    mien_crew_batch batch;
    member *members;
    uint32_t count;
};

/// Runs the part of `place` out of `places`: pictures next to each other, as many as the others' or
/// one more.
static mien_status run_part(const mien_crew_batch *batch, size_t place, size_t places,
                            mien_context *context, mien_error *error) {
    const size_t least = batch->pictures / places, more = batch->pictures % places;
    const size_t first = place * least + (place < more ? place : more);
    const size_t count = least + (place < more);
    return count ? mien_context_run(context, batch->input + first * batch->input_numbers, count,
                                    batch->logits + first * batch->classes, error)
                 : MIEN_OK;
}

static void *help(void *argument) {
    member *const self = argument;
    mien_crew *const crew = self->crew;
    uint64_t seen = 0;
    pthread_mutex_lock(&crew->mutex);
    for (;;) {
        while (crew->round == seen && !crew->ending) {
            pthread_cond_wait(&crew->begun, &crew->mutex);
        }
        if (crew->ending) {
            break;
        }
        seen = crew->round;
        const mien_crew_batch batch = crew->batch;
        pthread_mutex_unlock(&crew->mutex);
        const size_t place = (size_t)(self - crew->members) + 1;
        self->status =
            run_part(&batch, place, (size_t)crew->count + 1, self->context, &self->error);
        pthread_mutex_lock(&crew->mutex);
        if (--crew->busy == 0) {
            pthread_cond_signal(&crew->finished);
        }
    }
    pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

static mien_status add_member(mien_crew *crew, mien_session *session, mien_error *error) {
    member *const added = &crew->members[crew->count];
    *added = (member){.crew = crew, .error = MIEN_ERROR_INIT};
    mien_status status = mien_context_create(session, 1, &added->context, error);
    if (status != MIEN_OK) {
        return status;
    }
    crew->count++;
    const int code = pthread_create(&added->thread, NULL, help, added);
    if (code != 0) {
        return mien_fail(error, MIEN_INTERNAL, "thread %u cannot be started (%s)", crew->count + 1,
                         strerror(code));
    }
    added->running = true;
    return MIEN_OK;
}

mien_status mien_crew_create(mien_session *session, uint32_t helpers, mien_crew **crew,
                             mien_error *error) {
    mien_crew *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "threads");
    }
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->begun, NULL);
    pthread_cond_init(&made->finished, NULL);
    made->members = calloc(helpers, sizeof *made->members);
    mien_status status = made->members ? MIEN_OK : mien_fail_memory(error, "threads");
    for (uint32_t i = 0; i < helpers && status == MIEN_OK; i++) {
        status = add_member(made, session, error);
    }
    if (status != MIEN_OK) {
        mien_crew_free(made);
        return status;
    }
    *crew = made;
    return MIEN_OK;
}

void mien_crew_free(mien_crew *crew) {
    if (!crew) {
        return;
    }
    pthread_mutex_lock(&crew->mutex);
    crew->ending = true;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->mutex);
    for (uint32_t i = 0; i < crew->count; i++) {
        if (crew->members[i].running) {
            pthread_join(crew->members[i].thread, NULL);
        }
        mien_context_free(crew->members[i].context);
    }
    pthread_cond_destroy(&crew->finished);
    pthread_cond_destroy(&crew->begun);
    pthread_mutex_destroy(&crew->mutex);
    free(crew->members);
    free(crew);
}

mien_status mien_crew_run(mien_crew *crew, mien_context *own, const mien_crew_batch *batch,
                          mien_error *error) {
    pthread_mutex_lock(&crew->mutex);
    crew->batch = *batch;
    crew->busy = crew->count;
    crew->round++;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->mutex);
    const mien_status status = run_part(batch, 0, (size_t)crew->count + 1, own, error);
    pthread_mutex_lock(&crew->mutex);
    while (crew->busy) {
        pthread_cond_wait(&crew->finished, &crew->mutex);
    }
    pthread_mutex_unlock(&crew->mutex);
    for (uint32_t i = 0; i < crew->count && status == MIEN_OK; i++) {
        const member *const each = &crew->members[i];
        if (each->status != MIEN_OK) {
            return mien_fail(error, each->status, "%s", each->error.message);
        }
    }
    return status;
}
