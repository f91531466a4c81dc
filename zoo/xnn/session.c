// SPDX-License-Identifier: Apache-2.0
// Making a session: plan the graph, pack the weights.
#include "zoo/xnn/session.h"

#include "zoo/graph/graph.h"
#include "zoo/xnn/planner.h"

#include <stdlib.h>

static void free_steps(mien_step *steps, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].kind && steps[i].kind->free_data && steps[i].data) {
            steps[i].kind->free_data(&steps[i]);
        }
    }
    free(steps);
}

static mien_status plan(const mien_graph *graph, const mien_weights *weights,
                        const mien_session_options *options, mien_session *session,
                        mien_error *error) {
    mien_planner planner = {
        .graph = graph,
        .weights = weights,
        .store = session->store,
        .keep = options->extra_output ? options->extra_output : MIEN_NO_NODE,
        .winograd = calloc(graph->node_count, sizeof *planner.winograd),
        .value = calloc(graph->node_count, sizeof *planner.value),
        .uses = calloc(graph->node_count, sizeof *planner.uses),
    };
    mien_status status;
    if (planner.winograd && planner.value && planner.uses) {
        mien_choose_algorithms(graph, options->plan, planner.winograd);
        status = mien_planner_run(&planner, error);
    } else {
        status = mien_fail_memory(error, "a plan");
    }
    if (status == MIEN_OK) {
        session->output_value = planner.value[graph->output];
        session->extra_value =
            planner.keep == MIEN_NO_NODE ? MIEN_NO_VALUE : planner.value[planner.keep];
    }
    session->steps = planner.steps;
    session->step_count = planner.step_count;
    session->value_elements = planner.value_elements;
    session->value_count = planner.value_count;
    free(planner.winograd);
    free(planner.value);
    free(planner.uses);
    return status;
}

mien_status mien_session_create(const mien_graph *graph, const mien_weights *weights,
                                const mien_session_options *options, mien_session **out,
                                mien_error *error) {
    mien_session_options chosen = {.size = sizeof chosen};
    if (options) {
        mien_copy_options(&chosen, sizeof chosen, options);
    }
    if (!graph->finished || chosen.extra_output < 0 ||
        (uint32_t)chosen.extra_output >= graph->node_count) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         graph->finished ? "the extra output is not a node of the graph"
                                         : "the graph is not finished");
    }
    mien_status status = mien_weights_check(weights, graph, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_xnn_initialize(error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_session *session = calloc(1, sizeof *session);
    if (!session) {
        return mien_fail_memory(error, "a session");
    }
    pthread_mutex_init(&session->lock, NULL);
    status = mien_store_create(&session->store, error);
    if (status == MIEN_OK) {
        status = plan(graph, weights, &chosen, session, error);
    }
    if (status != MIEN_OK) {
        mien_session_free(session);
        return status;
    }
    *out = session;
    return MIEN_OK;
}

void mien_session_free(mien_session *session) {
    if (!session) {
        return;
    }
    free_steps(session->steps, session->step_count);
    free(session->value_elements);
    mien_store_free(session->store);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

size_t mien_session_packed_bytes(const mien_session *session) {
    return mien_store_bytes(session->store);
}
