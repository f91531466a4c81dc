// SPDX-License-Identifier: Apache-2.0
/// @file
/// A model ready to answer, whichever way it computes: a manifest, its plugin, and either a session
/// over the plugin's graph or an instance of a plugin that computes by itself.
#ifndef MIEN_HOST_MODEL_H
#define MIEN_HOST_MODEL_H

#include "host/registry.h"
#include "mien/session.h"

#include <stdbool.h>

typedef struct mien_model mien_model;

typedef struct mien_model_options {
    uint32_t threads; ///< of one run, the calling one included; 0 means 1
    bool by_picture;  ///< threads share out the pictures of a batch instead of each layer: better
                      ///< for many pictures, at a context's memory a thread. A plugin that
                      ///< computes by itself chooses by itself. Not with `extra_output`
    mien_plan plan;
    const char *extra_output; ///< name of a node whose activations stay readable; NULL for none
    bool deferred; ///< nothing is packed before the first run, so that an explainer's plan may
                   ///< serve (mien_model_adopt()). Not with `extra_output`
} mien_model_options;

/// Loads a model by name or path: manifest, plugin, configuration, graph, weights (digest, then
/// every tensor against the graph), session, context. `options` may be NULL. The registry must
/// outlive the model. Free with mien_model_free(). Errors: any of the steps'; messages about the
/// manifest carry file:line:column. [any thread]
MIEN_MUST_CHECK mien_status mien_model_load(mien_registry *registry, const char *name,
                                            const mien_model_options *options, mien_model **model,
                                            mien_error *error);
/// As mien_model_load(), from a model's manifest that was read already; it is taken, also by a
/// failure. [any thread]
MIEN_MUST_CHECK mien_status mien_model_load_manifest(mien_registry *registry,
                                                     mien_manifest *manifest,
                                                     const mien_model_options *options,
                                                     mien_model **model, mien_error *error);
/// NULL is allowed.
void mien_model_free(mien_model *model);

/// Opens the weights of a model that declares a graph, digest and tensors checked, for a session
/// that another makes; mien_weights_close() them. Errors: mien_weights_open()'s and
/// mien_weights_check()'s, with file:line:column in front. [one thread at a time per model]
MIEN_MUST_CHECK mien_status mien_model_open_weights(mien_model *model, mien_weights **weights,
                                                    mien_error *error);

/// Gives a deferred model that has not run yet a session of its graph and weights, and a context of
/// it, which are taken: one packed copy then serves both. False, and nothing taken, where the model
/// has its own. [one thread at a time per model]
bool mien_model_adopt(mien_model *model, mien_session *session, mien_context *context);

/// `input`: batch × height × width × channels f32, prepared by the input rule
/// (mien_image_to_input()). `logits`: batch × classes f32, the caller's. A plugin that fails, or
/// gives a logit that is not finite, is an error. The first run of a deferred model also has
/// mien_model_load()'s errors. [one thread at a time per model]
MIEN_MUST_CHECK mien_status mien_model_run(mien_model *model, const float *input, size_t batch,
                                           float *logits, mien_error *error);

/// The same in a context of the model's session that the caller made: several threads, each with a
/// context of its own, may run one model at a time. [one thread at a time per context]
MIEN_MUST_CHECK mien_status mien_model_run_in(const mien_model *model, mien_context *context,
                                              const float *input, size_t batch, float *logits,
                                              mien_error *error);

/// @name What it is made of; all borrowed from the model  [any thread]
/// @{
const mien_manifest *mien_model_manifest_of(const mien_model *model);
const mien_plugin *mien_model_plugin(const mien_model *model);
/// The rule in force: the manifest's over the plugin's, member by member.
const mien_input_spec *mien_model_input(const mien_model *model);
size_t mien_model_classes(const mien_model *model);
/// `index` below mien_model_classes().
const char *mien_model_class(const mien_model *model, size_t index);
/// NULL when the plugin computes by itself, like the session and the context; these two also of a
/// deferred model that has not run yet.
const mien_graph *mien_model_graph(const mien_model *model);
mien_session *mien_model_session(const mien_model *model);
mien_context *mien_model_context(const mien_model *model);
/// Bytes of tensors in the weights file, 0 without one or before it is opened; and its path, NULL
/// without one.
size_t mien_model_weights_bytes(const mien_model *model);
const char *mien_model_weights_path(const mien_model *model);
/// @}

/// A model declared but not loaded: what `mien inspect` and the trainer need, without weights.
typedef struct mien_declaration {
    mien_manifest *manifest;
    const mien_plugin_library *library; ///< the registry's
    mien_input_spec input;              ///< in force
    mien_config *config;
    mien_graph *graph; ///< finished; NULL when the plugin computes by itself
} mien_declaration;

/// Declares a model: manifest, plugin, configuration, graph. `overrides` is a list of "key=value"
/// ended by NULL that goes over the manifest's `config:`, or NULL. Free with
/// mien_declaration_free(). Errors: as mien_model_load()'s up to the graph, and
/// MIEN_INVALID_ARGUMENT (an override). [any thread]
MIEN_MUST_CHECK mien_status mien_model_declare(mien_registry *registry, const char *name,
                                               const char *const *overrides,
                                               mien_declaration *declaration, mien_error *error);
/// As mien_model_declare(), from a manifest that was read already, of a model or a recipe; it is
/// the declaration's after success and stays the caller's otherwise. [any thread]
MIEN_MUST_CHECK mien_status mien_model_declare_manifest(mien_registry *registry,
                                                        mien_manifest *manifest,
                                                        const char *const *overrides,
                                                        mien_declaration *declaration,
                                                        mien_error *error);
/// A plugin's configuration without a manifest: its defaults, with `overrides` over them as in
/// mien_model_declare(). Free with mien_config_free(). Errors: MIEN_INVALID_ARGUMENT (an override),
/// MIEN_PLUGIN, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_model_configure_plugin(const mien_plugin *plugin,
                                                        const char *const *overrides,
                                                        mien_config **config, mien_error *error);
/// Frees the members and zeroes the struct.
void mien_declaration_free(mien_declaration *declaration);

#endif
