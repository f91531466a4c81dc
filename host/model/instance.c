// SPDX-License-Identifier: Apache-2.0
// A plugin that computes by itself.
#include "host/model/internal.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/// A plugin's own failure, as one of ours: a status in the enum, a message that is not empty.
static mien_status plugin_failure(const mien_model *model, const char *what, mien_status said,
                                  mien_error *own, mien_error *error) {
    const mien_plugin *const plugin = mien_model_plugin(model);
    own->message[sizeof own->message - 1] = '\0';
    mien_model_one_line(own);
    if (said == MIEN_OUT_OF_MEMORY || said == MIEN_CANCELLED || said == MIEN_UNSUPPORTED ||
        said == MIEN_BAD_INPUT || said == MIEN_IO || said == MIEN_NOT_FOUND) {
        return mien_fail(error, said, "plugin %s: %s: %s", plugin->name, what,
                         own->message[0] ? own->message : mien_status_text(said));
    }
    return mien_fail(error, MIEN_PLUGIN, "plugin %s: %s: %s", plugin->name, what,
                     own->message[0] ? own->message : "failed without a message");
}

static mien_status check_digest(mien_model *model, mien_error *error) {
    const mien_manifest *const manifest = model->declaration.manifest;
    const mien_manifest_text wanted = manifest->model.weights.sha256;
    char digest[MIEN_SHA256_HEX];
    struct stat about;
    mien_status status = mien_sha256_file(model->weights_path, digest, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (strcasecmp(digest, wanted.text) != 0) {
        return mien_manifest_fail(manifest, wanted.at, error, MIEN_BAD_INPUT,
                                  "%s has the SHA-256 digest %s; restore the file, or correct "
                                  "sha256 if the change is meant",
                                  model->weights_path, digest);
    }
    model->weights_bytes = stat(model->weights_path, &about) == 0 ? (size_t)about.st_size : 0;
    return MIEN_OK;
}

mien_status mien_model_open_instance(mien_model *model, const mien_model_options *options,
                                     mien_error *error) {
    const mien_declaration *const declaration = &model->declaration;
    if (options->extra_output) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "model %s computes by itself (plugin %s declares no graph), so it has no "
                         "layer \"%.64s\"",
                         declaration->manifest->name.text, mien_model_plugin(model)->name,
                         options->extra_output);
    }
    mien_status status = model->weights_path ? check_digest(model, error) : MIEN_OK;
    if (status != MIEN_OK) {
        return status;
    }
    const mien_open_arguments arguments = {.size = sizeof arguments,
                                           .config = declaration->config,
                                           .weights_path = model->weights_path,
                                           .threads = options->threads};
    mien_error own = MIEN_ERROR_INIT;
    mien_instance *instance = NULL;
    const mien_status said = mien_model_plugin(model)->open(&arguments, &instance, &own);
    if (said != MIEN_OK) {
        return plugin_failure(model, "open", said, &own, error);
    }
    if (!instance) {
        return mien_fail(error, MIEN_PLUGIN, "plugin %s: open succeeded without an instance",
                         mien_model_plugin(model)->name);
    }
    model->instance = instance;
    return MIEN_OK;
}

mien_status mien_model_run_instance(mien_model *model, const float *input, size_t batch,
                                    float *logits, mien_error *error) {
    mien_error own = MIEN_ERROR_INIT;
    const mien_status said =
        mien_model_plugin(model)->run(model->instance, input, batch, logits, &own);
    return said == MIEN_OK ? said : plugin_failure(model, "run", said, &own, error);
}
