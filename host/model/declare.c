// SPDX-License-Identifier: Apache-2.0
// A model without its weights: manifest, plugin, configuration, graph.
#include "host/model/internal.h"
#include "zoo/config.h"
#include "zoo/nearest.h"

#include <stdlib.h>
#include <string.h>

static mien_status check_kind(const mien_manifest *manifest, mien_error *error) {
    if (manifest->kind == MIEN_KIND_MODEL || manifest->kind == MIEN_KIND_RECIPE) {
        return MIEN_OK;
    }
    return mien_manifest_fail(manifest, manifest->name.at, error, MIEN_INVALID_ARGUMENT,
                              "\"%s\" is %s %s; a model is needed here", manifest->name.text,
                              manifest->kind == MIEN_KIND_ENSEMBLE ? "an" : "a",
                              mien_manifest_kind_text(manifest->kind));
}

static mien_status apply_override(mien_config *config, const char *override, mien_error *error) {
    const char *const equals = strchr(override, '=');
    if (!equals) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "\"%.64s\" is no setting; write KEY=VALUE, such as depth=18", override);
    }
    char *const key = strndup(override, (size_t)(equals - override));
    if (!key) {
        return mien_fail_memory(error, "a setting");
    }
    mien_status status = mien_config_set(config, key, equals + 1, error);
    free(key);
    if (status == MIEN_BAD_INPUT) { // of the user's command line, not of a file
        status = MIEN_INVALID_ARGUMENT;
        mien_error_context(error, status, "setting %.64s", override);
    }
    return status;
}

static mien_status apply_overrides(mien_config *config, const char *const *overrides,
                                   mien_error *error) {
    mien_status status = MIEN_OK;
    for (; overrides && *overrides && status == MIEN_OK; overrides++) {
        status = apply_override(config, *overrides, error);
    }
    return status;
}

mien_status mien_model_configure_plugin(const mien_plugin *plugin, const char *const *overrides,
                                        mien_config **config, mien_error *error) {
    mien_config *made = NULL;
    mien_status status = mien_config_create(plugin, NULL, 1, &made, error); // no classes are known
    if (status == MIEN_OK) {
        status = apply_overrides(made, overrides, error);
    }
    if (status != MIEN_OK) {
        mien_config_free(made);
        return status;
    }
    *config = made;
    return MIEN_OK;
}

static mien_status configure(mien_declaration *declaration, const char *const *overrides,
                             mien_error *error) {
    const mien_manifest *const manifest = declaration->manifest;
    const mien_plugin *const plugin = mien_plugin_library_descriptor(declaration->library);
    mien_status status =
        mien_config_create(plugin, &declaration->input, (uint32_t)manifest->model.classes.count,
                           &declaration->config, error);
    for (size_t i = 0; i < manifest->model.config.count && status == MIEN_OK; i++) {
        const mien_manifest_pair *const pair = &manifest->model.config.items[i];
        status = mien_config_set(declaration->config, pair->key.text, pair->value.text, error);
        status = mien_manifest_locate(manifest, pair->key.at, status, error);
    }
    return status == MIEN_OK ? apply_overrides(declaration->config, overrides, error) : status;
}

static mien_status check_graph(const mien_declaration *declaration, mien_error *error) {
    const mien_manifest *const manifest = declaration->manifest;
    const mien_input_spec *const input = &declaration->input;
    const uint32_t classes = mien_graph_classes(declaration->graph);
    const mien_manifest_texts *const listed = &manifest->model.classes;
    if (classes != listed->count) {
        return mien_manifest_fail(manifest, listed->items[0].at, error, MIEN_BAD_INPUT,
                                  "%zu classes are listed, but the head of plugin %s has %u; list "
                                  "one class a logit, in order",
                                  listed->count, manifest->model.plugin.text, classes);
    }
    const mien_shape expected = {.rank = 3, .dim = {input->height, input->width, input->channels}};
    const mien_shape declared = mien_graph_input_shape(declaration->graph);
    if (!mien_shape_equal(&declared, &expected)) {
        char first[MIEN_SHAPE_TEXT], second[MIEN_SHAPE_TEXT];
        return mien_manifest_fail(manifest, manifest->model.plugin.at, error, MIEN_PLUGIN,
                                  "plugin %s declares the input %s, but pictures come as %s; it "
                                  "must take its input's size from the configuration",
                                  manifest->model.plugin.text, mien_shape_format(&declared, first),
                                  mien_shape_format(&expected, second));
    }
    return MIEN_OK;
}

static mien_status check_layer(const mien_declaration *declaration, mien_error *error) {
    const mien_manifest_text layer = declaration->manifest->model.explain_layer;
    if (!layer.text || mien_graph_find(declaration->graph, layer.text) != MIEN_NO_NODE) {
        return MIEN_OK;
    }
    mien_nearest nearest = {.word = layer.text};
    for (uint32_t i = 0; i < mien_graph_node_count(declaration->graph); i++) {
        mien_node_info info = {.size = sizeof info};
        mien_graph_node_info(declaration->graph, (mien_node)i, &info);
        mien_nearest_offer(&nearest, info.name);
    }
    return mien_manifest_fail(declaration->manifest, layer.at, error, MIEN_BAD_INPUT,
                              "the graph has no layer \"%.64s\"; %s%s%s", layer.text,
                              nearest.best ? "did you mean \"" : "`mien inspect` lists them",
                              nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

void mien_model_one_line(mien_error *error) {
    for (char *at = error ? error->message : NULL; at && (at = strpbrk(at, "\r\n"));) {
        *at = ' ';
    }
}

static mien_status build(mien_declaration *declaration, mien_error *error) {
    const mien_manifest *const manifest = declaration->manifest;
    const mien_plugin *const plugin = mien_plugin_library_descriptor(declaration->library);
    if (!plugin->build) {
        return MIEN_OK;
    }
    mien_status status = mien_graph_create(&declaration->graph, error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_node logits = plugin->build(declaration->config, declaration->graph);
    status = mien_graph_finish(declaration->graph, logits, error);
    if (status != MIEN_OK) {
        mien_model_one_line(error);
        // To the plugin an argument of its own call was wrong; here, what the manifest says is.
        status = status == MIEN_INVALID_ARGUMENT ? MIEN_BAD_INPUT : status;
        status = mien_error_context(error, status, "plugin %s", plugin->name);
        return mien_manifest_locate(manifest, manifest->model.plugin.at, status, error);
    }
    status = check_graph(declaration, error);
    return status == MIEN_OK ? check_layer(declaration, error) : status;
}

static mien_status declare(mien_registry *registry, const char *const *overrides,
                           mien_declaration *declaration, mien_error *error) {
    const mien_manifest *const manifest = declaration->manifest;
    mien_status status = check_kind(manifest, error);
    if (status != MIEN_OK) {
        return status;
    }
    status =
        mien_registry_plugin(registry, manifest->model.plugin.text, &declaration->library, error);
    if (status != MIEN_OK) {
        return mien_manifest_locate(manifest, manifest->model.plugin.at, status, error);
    }
    const mien_plugin *const plugin = mien_plugin_library_descriptor(declaration->library);
    status = mien_manifest_input_spec(manifest, plugin->input, &declaration->input, error);
    if (status == MIEN_OK) {
        status = configure(declaration, overrides, error);
    }
    return status == MIEN_OK ? build(declaration, error) : status;
}

mien_status mien_model_declare(mien_registry *registry, const char *name,
                               const char *const *overrides, mien_declaration *declaration,
                               mien_error *error) {
    mien_manifest *manifest = NULL;
    mien_status status = mien_registry_manifest(registry, name, &manifest, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_model_declare_manifest(registry, manifest, overrides, declaration, error);
    if (status != MIEN_OK) {
        mien_manifest_free(manifest);
    }
    return status;
}

mien_status mien_model_declare_manifest(mien_registry *registry, mien_manifest *manifest,
                                        const char *const *overrides, mien_declaration *declaration,
                                        mien_error *error) {
    mien_declaration made = {.manifest = manifest};
    mien_status status = declare(registry, overrides, &made, error);
    if (status != MIEN_OK) {
        made.manifest = NULL; // the caller keeps it
        mien_declaration_free(&made);
        return status;
    }
    *declaration = made;
    return MIEN_OK;
}

void mien_declaration_free(mien_declaration *declaration) {
    mien_graph_free(declaration->graph);
    mien_config_free(declaration->config);
    mien_manifest_free(declaration->manifest);
    *declaration = (mien_declaration){0};
}
