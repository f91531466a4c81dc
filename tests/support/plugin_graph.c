// SPDX-License-Identifier: Apache-2.0
#include "support/plugin_graph.h"

#include "host/plugin_library.h"
#include "zoo/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static mien_status configure(const mien_plugin *plugin, const struct plugin_graph_options *options,
                             mien_config **config, mien_error *error) {
    mien_input_spec input = *plugin->input;
    if (options->side) {
        input.height = input.width = options->side;
    }
    if (options->channels) {
        input.channels = options->channels;
    }
    mien_status status = mien_config_create(plugin, &input, options->classes, config, error);
    for (const char *const *item = options->config; status == MIEN_OK && item && *item; item += 2) {
        status = mien_config_set(*config, item[0], item[1], error);
    }
    return status;
}

static mien_status build(const mien_plugin *plugin, const mien_config *config, mien_graph **graph,
                         mien_error *error) {
    mien_graph *made = NULL;
    mien_status status = mien_graph_create(&made, error);
    if (status == MIEN_OK) {
        status = mien_graph_finish(made, plugin->build(config, made), error);
    }
    if (status == MIEN_OK) {
        *graph = made;
    } else {
        mien_graph_free(made);
    }
    return status;
}

mien_status plugin_graph_make(const struct plugin_graph_options *options, mien_graph **graph,
                              mien_error *error) {
    mien_plugin_library *library = NULL;
    mien_config *config = NULL;
    char path[4096];

    const char *folder = getenv("MIEN_PLUGIN_PATH");
    ck_assert_msg(folder != NULL, "MIEN_PLUGIN_PATH must name the folder of the built plugins");
    snprintf(path, sizeof path, "%s/%s.so", folder, options->plugin);
    mien_status status = mien_plugin_library_open(path, options->plugin, &library, error);
    if (status == MIEN_OK) {
        const mien_plugin *plugin = mien_plugin_library_descriptor(library);
        status = configure(plugin, options, &config, error);
        if (status == MIEN_OK) {
            status = build(plugin, config, graph, error);
        }
    }
    mien_config_free(config);
    mien_plugin_library_close(library);
    return status;
}
