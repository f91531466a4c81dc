// SPDX-License-Identifier: Apache-2.0
#include "support/models.h"

#include "host/model.h"
#include "support/expectation.h"
#include "support/folder.h"
#include "support/seeded.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mien_registry *make_registry(const char *folder) {
    char *const broken = build_path("lib/mien/broken"), *const own = build_path("lib/mien/plugins");
    char *plugins = NULL;
    ck_assert_int_gt(asprintf(&plugins, "%s:%s", broken, own), 0);
    const mien_registry_options options = {
        .manifest_path = folder, .plugin_path = plugins, .only_given = true};
    mien_registry *registry = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_create(&options, &registry, &error) == MIEN_OK, "%s",
                  error.message);
    free(plugins);
    free(broken);
    free(own);
    return registry;
}

void write_manifest(const char *folder, const char *name, const char *plugin, const char *more) {
    char *text = NULL, file[256];
    ck_assert_int_gt(asprintf(&text,
                              "schema: 1\nkind: model\nname: %s\nplugin: %s\nclasses: [a, b, c]\n"
                              "%s",
                              name, plugin, more),
                     0);
    snprintf(file, sizeof file, "%s.yaml", name);
    write_file(folder, file, text, strlen(text));
    free(text);
}

static void write_weights(const mien_graph *graph, const char *path) {
    const uint32_t count = mien_graph_parameter_count(graph);
    mien_named_tensor *const tensors = calloc(count, sizeof *tensors);
    ck_assert_ptr_nonnull(tensors);
    for (uint32_t i = 0; i < count; i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        size_t elements;
        ck_assert(mien_shape_elements(&parameter.shape, &elements));
        float *const values = calloc(elements, sizeof *values);
        seeded_parameter(&parameter, values, elements, NULL);
        tensors[i] = (mien_named_tensor){
            parameter.name, {MIEN_F32, parameter.shape, values, elements * sizeof *values}};
    }
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_weights_write(path, tensors, count, NULL, &error) == MIEN_OK, "%s",
                  error.message);
    for (uint32_t i = 0; i < count; i++) {
        free((void *)tensors[i].tensor.data);
    }
    free(tensors);
}

void write_model(const char *folder, const char *name, const char *plugin, const char *more) {
    char path[4096], digest[MIEN_SHA256_HEX], *whole = NULL;
    mien_declaration declaration;
    mien_error error = MIEN_ERROR_INIT;
    write_manifest(folder, name, plugin, more);
    mien_registry *const registry = make_registry(folder);
    ck_assert_msg(mien_model_declare(registry, name, NULL, &declaration, &error) == MIEN_OK, "%s",
                  error.message);
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, name);
    write_weights(declaration.graph, path);
    ck_assert_int_eq(mien_sha256_file(path, digest, &error), MIEN_OK);
    mien_declaration_free(&declaration);
    mien_registry_free(registry);
    ck_assert_int_gt(
        asprintf(&whole, "%sweights: {file: %s.safetensors, sha256: %s}\n", more, name, digest), 0);
    write_manifest(folder, name, plugin, whole);
    free(whole);
}
