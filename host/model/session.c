// SPDX-License-Identifier: Apache-2.0
// A plugin that declares a graph: weights, session, context.
#include "host/model/internal.h"

static mien_status extra_node(const mien_model *model, const char *name, mien_node *node,
                              mien_error *error) {
    *node = name ? mien_graph_find(model->declaration.graph, name) : 0;
    if (*node > 0 || !name) {
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "model %s has no layer \"%.64s\"; `mien inspect` lists them",
                     model->declaration.manifest->name.text, name);
}

/// Puts the place of `weights:` in front of what is wrong with the file.
static mien_status locate(const mien_model *model, mien_status status, mien_error *error) {
    const mien_manifest *const manifest = model->declaration.manifest;
    return mien_manifest_locate(manifest, manifest->model.weights.file.at, status, error);
}

mien_status mien_model_open_session(mien_model *model, const mien_model_options *options,
                                    mien_error *error) {
    const mien_graph *const graph = model->declaration.graph;
    const char *const sha256 = model->declaration.manifest->model.weights.sha256.text;
    mien_weights *weights = NULL;
    mien_node extra;
    if (options->extra_output && options->by_picture) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "an extra output is of one context, so threads cannot share out pictures");
    }
    mien_status status = extra_node(model, options->extra_output, &extra, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_weights_open(model->weights_path, sha256, &weights, error);
    if (status == MIEN_OK) {
        model->weights_bytes = mien_weights_bytes(weights);
        status = mien_session_create(
            graph, weights, MIEN_SESSION_OPTIONS(.plan = options->plan, .extra_output = extra),
            &model->session, error);
    }
    status = locate(model, status, error);
    mien_weights_close(weights);
    const bool by_picture = options->by_picture && options->threads > 1;
    if (status == MIEN_OK) {
        status = mien_context_create(model->session, by_picture ? 1 : options->threads,
                                     &model->context, error);
    }
    if (status == MIEN_OK && by_picture) {
        status = mien_crew_create(model->session, options->threads - 1, &model->crew, error);
    }
    return status;
}
