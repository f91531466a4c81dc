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

mien_status mien_model_open_weights(mien_model *model, mien_weights **weights, mien_error *error) {
    mien_weights *opened = NULL;
    mien_status status =
        mien_weights_open(model->weights_path,
                          model->declaration.manifest->model.weights.sha256.text, &opened, error);
    if (status == MIEN_OK) {
        status = mien_weights_check(opened, model->declaration.graph, error);
    }
    if (status != MIEN_OK) {
        mien_weights_close(opened);
        return locate(model, status, error);
    }
    model->weights_bytes = mien_weights_bytes(opened);
    *weights = opened;
    return MIEN_OK;
}

bool mien_model_adopt(mien_model *model, mien_session *session, mien_context *context) {
    if (!model->options.deferred || model->context) {
        return false;
    }
    model->session = session;
    model->context = context;
    return true;
}

static mien_status pack(mien_model *model, const mien_model_options *options, mien_error *error) {
    mien_weights *weights = NULL;
    mien_node extra;
    mien_status status = extra_node(model, options->extra_output, &extra, error);
    if (status == MIEN_OK) {
        status = mien_model_open_weights(model, &weights, error);
    }
    if (status == MIEN_OK) {
        status =
            mien_session_create(model->declaration.graph, weights,
                                MIEN_SESSION_OPTIONS(.plan = options->plan, .extra_output = extra),
                                &model->session, error);
        status = locate(model, status, error);
    }
    mien_weights_close(weights);
    return status;
}

mien_status mien_model_open_session(mien_model *model, const mien_model_options *options,
                                    mien_error *error) {
    const bool by_picture = options->by_picture && options->threads > 1;
    mien_status status = pack(model, options, error);
    if (status == MIEN_OK) {
        status = mien_context_create(model->session, by_picture ? 1 : options->threads,
                                     &model->context, error);
    }
    if (status == MIEN_OK && by_picture) {
        status = mien_crew_create(model->session, options->threads - 1, &model->crew, error);
    }
    if (status != MIEN_OK) { // a deferred model may be run again
        mien_context_free(model->context);
        mien_session_free(model->session);
        model->context = NULL;
        model->session = NULL;
    }
    return status;
}
