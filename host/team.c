// SPDX-License-Identifier: Apache-2.0
#include "host/team.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_team *team;
    pthread_t thread;
} helper;

struct mien_team {
    pthread_mutex_t mutex; ///< guards all below that changes after creation
    pthread_cond_t begun, finished;
    uint64_t round; ///< so far; a helper works when it changes
    uint32_t busy;  ///< helpers that have not finished this round
    bool ending;
    mien_team_work work;
    void *context;
    helper *helpers;
    uint32_t count; ///< that run
};

static void *help(void *argument) {
    helper *const self = argument;
    mien_team *const team = self->team;
    uint64_t seen = 0;
    pthread_mutex_lock(&team->mutex);
    for (;;) {
        while (team->round == seen && !team->ending) {
            pthread_cond_wait(&team->begun, &team->mutex);
        }
        if (team->ending) {
            break;
        }
        seen = team->round;
        const mien_team_work work = team->work;
        void *const context = team->context;
        pthread_mutex_unlock(&team->mutex);
        work(context, (uint32_t)(self - team->helpers) + 1);
        pthread_mutex_lock(&team->mutex);
        if (--team->busy == 0) {
            pthread_cond_signal(&team->finished);
        }
    }
    pthread_mutex_unlock(&team->mutex);
    return NULL;
}

static mien_status add_helper(mien_team *team, mien_error *error) {
    helper *const added = &team->helpers[team->count];
    added->team = team;
    const int code = pthread_create(&added->thread, NULL, help, added);
    if (code != 0) {
        return mien_fail(error, MIEN_INTERNAL, "thread %u cannot be started (%s)", team->count + 2,
                         strerror(code));
    }
    team->count++;
    return MIEN_OK;
}

mien_status mien_team_create(uint32_t helpers, mien_team **team, mien_error *error) {
    mien_team *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "threads");
    }
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->begun, NULL);
    pthread_cond_init(&made->finished, NULL);
    made->helpers = calloc((size_t)helpers + 1, sizeof *made->helpers);
    mien_status status = made->helpers ? MIEN_OK : mien_fail_memory(error, "threads");
    for (uint32_t i = 0; i < helpers && status == MIEN_OK; i++) {
        status = add_helper(made, error);
    }
    if (status != MIEN_OK) {
        mien_team_free(made);
        return status;
    }
    *team = made;
    return MIEN_OK;
}

void mien_team_free(mien_team *team) {
    if (!team) {
        return;
    }
    pthread_mutex_lock(&team->mutex);
    team->ending = true;
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->mutex);
    for (uint32_t i = 0; i < team->count; i++) {
        pthread_join(team->helpers[i].thread, NULL);
    }
    pthread_cond_destroy(&team->finished);
    pthread_cond_destroy(&team->begun);
    pthread_mutex_destroy(&team->mutex);
    free(team->helpers);
    free(team);
}

void mien_team_run(mien_team *team, mien_team_work work, void *context) {
    pthread_mutex_lock(&team->mutex);
    team->work = work;
    team->context = context;
    team->busy = team->count;
    team->round++;
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->mutex);
    work(context, 0);
    pthread_mutex_lock(&team->mutex);
    while (team->busy) {
        pthread_cond_wait(&team->finished, &team->mutex);
    }
    pthread_mutex_unlock(&team->mutex);
}
