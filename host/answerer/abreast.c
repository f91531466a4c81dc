// SPDX-License-Identifier: Apache-2.0
#include "host/answerer/abreast.h"

#include "host/team.h"

#include <stdatomic.h>
#include <stdlib.h>

/// What a thread is worth in a team that shares out one layer after the other: two of them made the
/// shipped members 1.4 to 1.6 times as quick (tools/bench/ensemble, docs/ensembles.md).
static const double worth_in_turn = 0.8;

/// A member that runs abreast.
typedef struct {
    size_t member;
    mien_context *context;
    mien_status status;
    mien_error error;
} runner;

struct mien_abreast {
    mien_answerer *answerer;
    mien_team *team;
    runner *runners; ///< the largest first
    size_t count;
    atomic_size_t next; ///< runner that no thread has taken
    const float *const *inputs;
};

// --- The plan ------------------------------------------------------------------------------------

/// How long members take abreast when each thread that is free takes the largest that is left.
static double time_abreast(const uint64_t *work, size_t count, double *busy, uint32_t threads) {
    double last = 0;
    for (uint32_t i = 0; i < threads; i++) {
        busy[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t first = 0;
        for (uint32_t k = 1; k < threads; k++) {
            first = busy[k] < busy[first] ? k : first;
        }
        busy[first] += (double)work[i];
        last = busy[first] > last ? busy[first] : last;
    }
    return last;
}

size_t mien_abreast_plan(const uint64_t *work, size_t count, uint32_t threads, double *scratch) {
    const uint32_t used = threads < count ? threads : (uint32_t)count; // no more have work
    size_t best = count;
    double in_turn = 0, least = 0;
    for (size_t i = 0; i < count; i++) {
        least += (double)work[i] / (worth_in_turn * threads);
    }
    for (size_t i = 0; i + 1 < count; i++) {
        const double time = in_turn + time_abreast(work + i, count - i, scratch, used);
        best = time < least ? i : best;
        least = time < least ? time : least;
        in_turn += (double)work[i] / (worth_in_turn * threads);
    }
    return best;
}

// --- Creation ------------------------------------------------------------------------------------

/// A member that computes by itself is run as its plugin wants it: in turn.
static const mien_graph *graph_of(const mien_answerer *answerer, size_t member) {
    return mien_model_graph(answerer->voters[member].model);
}

/// Lists members with a graph and their work, the largest first; returns how many.
static size_t list_members(const mien_answerer *answerer, size_t *members, uint64_t *work) {
    size_t count = 0;
    for (size_t i = 0; i < answerer->count; i++) {
        const mien_graph *const graph = graph_of(answerer, i);
        if (!graph) {
            continue;
        }
        const uint64_t own = mien_graph_cost(graph).multiply_adds;
        size_t at = count++;
        for (; at > 0 && work[at - 1] < own; at--) {
            members[at] = members[at - 1];
            work[at] = work[at - 1];
        }
        members[at] = i;
        work[at] = own;
    }
    return count;
}

static mien_status add_runner(mien_abreast *abreast, size_t member, mien_error *error) {
    runner *const added = &abreast->runners[abreast->count];
    added->member = member;
    mien_session *const session = mien_model_session(abreast->answerer->voters[member].model);
    mien_status status = mien_context_create(session, 1, &added->context, error);
    abreast->count += status == MIEN_OK;
    return status;
}

static mien_status make(mien_answerer *answerer, const size_t *members, size_t count,
                        uint32_t threads, mien_abreast **abreast, mien_error *error) {
    mien_abreast *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "members abreast");
    }
    made->answerer = answerer;
    made->runners = calloc(count, sizeof *made->runners);
    mien_status status = made->runners ? MIEN_OK : mien_fail_memory(error, "members abreast");
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        status = add_runner(made, members[i], error);
    }
    if (status == MIEN_OK) {
        const uint32_t used = threads < count ? threads : (uint32_t)count;
        status = mien_team_create(used - 1, &made->team, error);
    }
    if (status != MIEN_OK) {
        mien_abreast_free(made);
        return status;
    }
    *abreast = made;
    return MIEN_OK;
}

mien_status mien_abreast_create(mien_answerer *answerer, uint32_t threads, mien_abreast **abreast,
                                mien_error *error) {
    size_t *const members = calloc(answerer->count, sizeof *members);
    uint64_t *const work = calloc(answerer->count, sizeof *work);
    double *const scratch = calloc(answerer->count, sizeof *scratch);
    mien_status status =
        members && work && scratch ? MIEN_OK : mien_fail_memory(error, "members abreast");
    if (status == MIEN_OK) {
        const size_t count = list_members(answerer, members, work);
        const size_t in_turn = mien_abreast_plan(work, count, threads, scratch);
        *abreast = NULL;
        if (in_turn < count) {
            status = make(answerer, members + in_turn, count - in_turn, threads, abreast, error);
        }
    }
    free(members);
    free(work);
    free(scratch);
    return status;
}

void mien_abreast_free(mien_abreast *abreast) {
    if (!abreast) {
        return;
    }
    mien_team_free(abreast->team);
    for (size_t i = 0; i < abreast->count; i++) {
        mien_context_free(abreast->runners[i].context);
    }
    free(abreast->runners);
    free(abreast);
}

// --- A run ---------------------------------------------------------------------------------------

bool mien_abreast_has(const mien_abreast *abreast, size_t member) {
    for (size_t i = 0; i < abreast->count; i++) {
        if (abreast->runners[i].member == member) {
            return true;
        }
    }
    return false;
}

static void work(void *argument, uint32_t place) {
    mien_abreast *const abreast = argument;
    (void)place; // whoever is free takes the next
    for (size_t i; (i = atomic_fetch_add(&abreast->next, 1)) < abreast->count;) {
        runner *const each = &abreast->runners[i];
        mien_voter *const voter = &abreast->answerer->voters[each->member];
        each->status = mien_model_run_in(voter->model, each->context, abreast->inputs[voter->rule],
                                         1, voter->logits, &each->error);
    }
}

mien_status mien_abreast_run(mien_abreast *abreast, const float *const *inputs, mien_error *error) {
    abreast->inputs = inputs;
    atomic_store(&abreast->next, 0);
    mien_team_run(abreast->team, work, abreast);
    for (size_t i = 0; i < abreast->count; i++) {
        const runner *const each = &abreast->runners[i];
        if (each->status != MIEN_OK) {
            return mien_fail(error, each->status, "%s", each->error.message);
        }
    }
    return MIEN_OK;
}

size_t mien_abreast_arena_bytes(const mien_abreast *abreast) {
    size_t bytes = 0;
    for (size_t i = 0; i < abreast->count; i++) {
        bytes += mien_context_arena_bytes(abreast->runners[i].context);
    }
    return bytes;
}
