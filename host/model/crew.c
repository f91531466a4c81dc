// SPDX-License-Identifier: Apache-2.0
#include "host/model/crew.h"

#include "host/team.h"

#include <stdlib.h>

/// A helper's context, and what became of its part.
typedef struct {
    mien_context *context;
    mien_status status;
    mien_error error;
} member;

struct mien_crew {
    mien_team *team;
    member *members;
    uint32_t count;
    mien_crew_batch batch;
    member own; ///< the calling thread's part; its context is the caller's
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

static void work(void *argument, uint32_t place) {
    mien_crew *const crew = argument;
    member *const self = place ? &crew->members[place - 1] : &crew->own;
    self->status =
        run_part(&crew->batch, place, (size_t)crew->count + 1, self->context, &self->error);
}

mien_status mien_crew_create(mien_session *session, uint32_t helpers, mien_crew **crew,
                             mien_error *error) {
    mien_crew *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "threads");
    }
    made->members = calloc(helpers, sizeof *made->members);
    mien_status status = made->members ? MIEN_OK : mien_fail_memory(error, "threads");
    for (uint32_t i = 0; i < helpers && status == MIEN_OK; i++) {
        status = mien_context_create(session, 1, &made->members[i].context, error);
        made->count += status == MIEN_OK;
    }
    if (status == MIEN_OK) {
        status = mien_team_create(helpers, &made->team, error);
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
    mien_team_free(crew->team);
    for (uint32_t i = 0; i < crew->count; i++) {
        mien_context_free(crew->members[i].context);
    }
    free(crew->members);
    free(crew);
}

mien_status mien_crew_run(mien_crew *crew, mien_context *own, const mien_crew_batch *batch,
                          mien_error *error) {
    crew->batch = *batch;
    crew->own.context = own;
    mien_team_run(crew->team, work, crew);
    for (uint32_t i = 0; i <= crew->count; i++) {
        const member *const each = i ? &crew->members[i - 1] : &crew->own;
        if (each->status != MIEN_OK) {
            return mien_fail(error, each->status, "%s", each->error.message);
        }
    }
    return MIEN_OK;
}
