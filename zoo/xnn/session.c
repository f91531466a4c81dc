// SPDX-License-Identifier: Apache-2.0
// Making a session: plan the graph, pack the weights.
#include "zoo/xnn/session.h"

#include "mien/gradient.h"
#include "zoo/graph/graph.h"
#include "zoo/xnn/back.h"

#include <stdlib.h>

static void free_steps(mien_step *steps, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].kind && steps[i].kind->free_data && steps[i].data) {
            steps[i].kind->free_data(&steps[i]);
        }
    }
    free(steps);
}

/// Where what was asked for ended up.
static mien_status note_values(const mien_planner *planner, const mien_gradient_options *options,
                               mien_session *session, mien_error *error) {
    session->output_value = planner->value[planner->graph->output];
    session->extra_value =
        planner->keep == MIEN_NO_NODE ? MIEN_NO_VALUE : planner->value[planner->keep];
    if (options->layer_count == 0) {
        return MIEN_OK;
    }
    session->layers = calloc(options->layer_count, sizeof *session->layers);
    if (!session->layers) {
        return mien_fail_memory(error, "a session");
    }
    session->layer_count = options->layer_count;
    for (uint32_t i = 0; i < options->layer_count; i++) {
        mien_node layer = options->layers[i];
        session->layers[i] =
            (mien_layer_values){planner->value[layer], planner->back[layer].gradient};
    }
    return MIEN_OK;
}

static mien_status lower(mien_planner *planner, const mien_gradient_options *options,
                         mien_session *session, mien_error *error) {
    mien_choose_algorithms(planner->graph, options->plan, planner->winograd);
    if (planner->back) {
        mien_back_prepare(planner, options->layers, options->layer_count);
    }
    mien_status status = mien_planner_run(planner, error);
    session->forward_count = planner->step_count;
    session->seed_value = MIEN_NO_VALUE;
    if (status == MIEN_OK && planner->gradient) {
        status = mien_back_run(planner, &session->seed_value, error);
    }
    return status == MIEN_OK ? note_values(planner, options, session, error) : status;
}

static mien_status plan(const mien_graph *graph, const mien_weights *weights, mien_node keep,
                        const mien_gradient_options *options, mien_session *session,
                        mien_error *error) {
    mien_planner planner = {
        .graph = graph,
        .weights = weights,
        .store = session->store,
        .keep = keep,
        .back = options->layer_count ? calloc(graph->node_count, sizeof *planner.back) : NULL,
        .gradient = options->layer_count && !options->activations_only,
        .small = options->plan == MIEN_PLAN_SMALL,
        .winograd = calloc(graph->node_count, sizeof *planner.winograd),
        .value = calloc(graph->node_count, sizeof *planner.value),
        .uses = calloc(graph->node_count, sizeof *planner.uses),
    };
    bool whole = planner.winograd && planner.value && planner.uses &&
                 (planner.back || options->layer_count == 0);
    mien_status status =
        whole ? lower(&planner, options, session, error) : mien_fail_memory(error, "a plan");
    session->steps = planner.steps;
    session->step_count = planner.step_count;
    session->value_elements = planner.value_elements;
    session->value_count = planner.value_count;
    free(planner.back);
    free(planner.winograd);
    free(planner.value);
    free(planner.uses);
    return status;
}

static mien_status make(const mien_graph *graph, const mien_weights *weights, mien_node keep,
                        const mien_gradient_options *options, mien_session **out,
                        mien_error *error) {
    mien_status status = mien_weights_check(weights, graph, error);
    if (status == MIEN_OK) {
        status = mien_xnn_initialize(error);
    }
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
        status = plan(graph, weights, keep, options, session, error);
    }
    if (status != MIEN_OK) {
        mien_session_free(session);
        return status;
    }
    *out = session;
    return MIEN_OK;
}

static mien_status refuse_unfinished(mien_error *error) {
    return mien_fail(error, MIEN_INVALID_ARGUMENT, "the graph is not finished");
}

mien_status mien_session_create(const mien_graph *graph, const mien_weights *weights,
                                const mien_session_options *options, mien_session **out,
                                mien_error *error) {
    mien_session_options chosen = {.size = sizeof chosen};
    if (options) {
        mien_copy_options(&chosen, sizeof chosen, options);
    }
    if (!graph->finished) {
        return refuse_unfinished(error);
    }
    if (chosen.extra_output < 0 || (uint32_t)chosen.extra_output >= graph->node_count) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the extra output is not a node of the graph");
    }
    mien_node keep = chosen.extra_output ? chosen.extra_output : MIEN_NO_NODE;
    const mien_gradient_options plain = {.size = sizeof plain, .plan = chosen.plan};
    return make(graph, weights, keep, &plain, out, error);
}

static mien_status check_layers(const mien_graph *graph, const mien_gradient_options *options,
                                mien_error *error) {
    if (options->layer_count == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "no layers; there must be at least 1");
    }
    for (uint32_t i = 0; i < options->layer_count; i++) {
        mien_node layer = options->layers[i];
        if (layer < 0 || (uint32_t)layer >= graph->node_count) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "layer %d is not a node of the graph",
                             layer);
        }
        if (!options->activations_only && !mien_graph_leads_to_output(graph, layer)) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "the logits do not depend on layer '%s'",
                             mien_graph_at(graph, layer)->name);
        }
    }
    return MIEN_OK;
}

mien_status mien_gradient_session_create(const mien_graph *graph, const mien_weights *weights,
                                         const mien_gradient_options *options, mien_session **out,
                                         mien_error *error) {
    mien_gradient_options chosen;
    mien_copy_options(&chosen, sizeof chosen, options);
    mien_status status =
        graph->finished ? check_layers(graph, &chosen, error) : refuse_unfinished(error);
    return status == MIEN_OK ? make(graph, weights, MIEN_NO_NODE, &chosen, out, error) : status;
}

void mien_session_free(mien_session *session) {
    if (!session) {
        return;
    }
    free_steps(session->steps, session->step_count);
    free(session->value_elements);
    free(session->layers);
    mien_store_free(session->store);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

size_t mien_session_packed_bytes(const mien_session *session) {
    return mien_store_bytes(session->store);
}
