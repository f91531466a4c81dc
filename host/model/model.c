// SPDX-License-Identifier: Apache-2.0
#include "host/model/internal.h"

#include <math.h>
#include <stdlib.h>

static mien_status resolve_weights(mien_model *model, mien_error *error) {
    const mien_manifest *const manifest = model->declaration.manifest;
    const mien_manifest_text file = manifest->model.weights.file;
    if (file.text) {
        return mien_manifest_resolve(manifest, file, &model->weights_path, error);
    }
    if (!model->declaration.graph) {
        return MIEN_OK; // a plugin that computes by itself may need none
    }
    return mien_manifest_fail(manifest, manifest->name.at, error, MIEN_BAD_INPUT,
                              "model \"%s\" has no weights, so it can be inspected but not run; "
                              "add weights: {file: ..., sha256: ...}",
                              manifest->name.text);
}

static mien_status open_declared(mien_model *model, const mien_model_options *options,
                                 mien_error *error) {
    mien_model_options chosen = options ? *options : (mien_model_options){0};
    chosen.threads = chosen.threads ? chosen.threads : 1;
    if (chosen.extra_output && (chosen.by_picture || chosen.deferred)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "an extra output is of one context, so threads cannot share out pictures, "
                         "and is not deferred");
    }
    mien_status status = resolve_weights(model, error);
    if (status != MIEN_OK) {
        return status;
    }
    model->options = chosen;
    if (!model->declaration.graph) {
        return mien_model_open_instance(model, &chosen, error);
    }
    return chosen.deferred ? MIEN_OK : mien_model_open_session(model, &chosen, error);
}

mien_status mien_model_load(mien_registry *registry, const char *name,
                            const mien_model_options *options, mien_model **model,
                            mien_error *error) {
    mien_manifest *manifest = NULL;
    mien_status status = mien_registry_manifest(registry, name, &manifest, error);
    return status == MIEN_OK ? mien_model_load_manifest(registry, manifest, options, model, error)
                             : status;
}

mien_status mien_model_load_manifest(mien_registry *registry, mien_manifest *manifest,
                                     const mien_model_options *options, mien_model **model,
                                     mien_error *error) {
    mien_model *const made = calloc(1, sizeof *made);
    mien_status status =
        made ? mien_model_declare_manifest(registry, manifest, NULL, &made->declaration, error)
             : mien_fail_memory(error, "a model");
    if (status != MIEN_OK) {
        mien_manifest_free(manifest);
        free(made);
        return status;
    }
    status = open_declared(made, options, error);
    if (status != MIEN_OK) {
        mien_model_free(made);
        return status;
    }
    *model = made;
    return MIEN_OK;
}

void mien_model_free(mien_model *model) {
    if (!model) {
        return;
    }
    if (model->instance) {
        mien_model_plugin(model)->close(model->instance);
    }
    mien_crew_free(model->crew);
    mien_context_free(model->context);
    mien_session_free(model->session);
    free(model->weights_path);
    mien_declaration_free(&model->declaration);
    free(model);
}

static mien_status compute(mien_model *model, const float *input, size_t batch, float *logits,
                           mien_error *error) {
    if (model->instance) {
        return mien_model_run_instance(model, input, batch, logits, error);
    }
    if (!model->context) {
        mien_status status = mien_model_open_session(model, &model->options, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    if (!model->crew) {
        return mien_context_run(model->context, input, batch, logits, error);
    }
    const mien_input_spec *const spec = mien_model_input(model);
    return mien_crew_run(model->crew, model->context,
                         &(const mien_crew_batch){.input = input,
                                                  .logits = logits,
                                                  .pictures = batch,
                                                  .input_numbers = (size_t)spec->height *
                                                                   spec->width * spec->channels,
                                                  .classes = mien_model_classes(model)},
                         error);
}

static mien_status check_logits(const mien_model *model, size_t batch, const float *logits,
                                mien_error *error) {
    const size_t classes = mien_model_classes(model);
    for (size_t i = 0; i < batch * classes; i++) {
        if (!isfinite(logits[i])) {
            return mien_fail(
                error, model->instance ? MIEN_PLUGIN : MIEN_BAD_INPUT,
                "model %s: the logit of class %s is %g; %s", model->declaration.manifest->name.text,
                mien_model_class(model, i % classes), (double)logits[i],
                mien_model_weights_path(model) ? "its weights do not suit it"
                                               : "its plugin must answer with finite numbers");
        }
    }
    return MIEN_OK;
}

mien_status mien_model_run(mien_model *model, const float *input, size_t batch, float *logits,
                           mien_error *error) {
    mien_status status = compute(model, input, batch, logits, error);
    return status == MIEN_OK ? check_logits(model, batch, logits, error) : status;
}

mien_status mien_model_run_in(const mien_model *model, mien_context *context, const float *input,
                              size_t batch, float *logits, mien_error *error) {
    mien_status status = mien_context_run(context, input, batch, logits, error);
    return status == MIEN_OK ? check_logits(model, batch, logits, error) : status;
}

const mien_manifest *mien_model_manifest_of(const mien_model *model) {
    return model->declaration.manifest;
}

const mien_plugin *mien_model_plugin(const mien_model *model) {
    return mien_plugin_library_descriptor(model->declaration.library);
}

const mien_input_spec *mien_model_input(const mien_model *model) {
    return &model->declaration.input;
}

size_t mien_model_classes(const mien_model *model) {
    return model->declaration.manifest->model.classes.count;
}

const char *mien_model_class(const mien_model *model, size_t index) {
    return model->declaration.manifest->model.classes.items[index].text;
}

const mien_graph *mien_model_graph(const mien_model *model) {
    return model->declaration.graph;
}

mien_session *mien_model_session(const mien_model *model) {
    return model->session;
}

mien_context *mien_model_context(const mien_model *model) {
    return model->context;
}

size_t mien_model_weights_bytes(const mien_model *model) {
    return model->weights_bytes;
}

const char *mien_model_weights_path(const mien_model *model) {
    return model->weights_path;
}
