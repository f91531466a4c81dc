// SPDX-License-Identifier: Apache-2.0
#include "host/registry/internal.h"

#include <stdlib.h>
#include <string.h>

mien_status mien_registry_create(const mien_registry_options *options, mien_registry **registry,
                                 mien_error *error) {
    const mien_registry_options chosen = options ? *options : (mien_registry_options){0};
    mien_registry *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "the registry");
    }
    if (pthread_mutex_init(&made->mutex, NULL) != 0) {
        free(made);
        return mien_fail_memory(error, "the registry");
    }
    made->manifest_options.allow_outside = chosen.allow_outside;
    const mien_search_rule manifests = {.given = chosen.manifest_path,
                                        .variable = "MIEN_MANIFEST_PATH",
                                        .here = "manifests",
                                        .beside = "../share/mien/manifests",
                                        .install = MIEN_MANIFEST_DIR,
                                        .only_given = chosen.only_given};
    const mien_search_rule plugins = {.given = chosen.plugin_path,
                                      .variable = "MIEN_PLUGIN_PATH",
                                      .beside = "../lib/mien/plugins",
                                      .install = MIEN_PLUGIN_DIR,
                                      .only_given = chosen.only_given};
    mien_status status = mien_search_path_make(&manifests, &made->manifests, error);
    if (status == MIEN_OK) {
        status = mien_search_path_make(&plugins, &made->plugins, error);
    }
    if (status != MIEN_OK) {
        mien_registry_free(made);
        return status;
    }
    *registry = made;
    return MIEN_OK;
}

void mien_registry_free(mien_registry *registry) {
    if (!registry) {
        return;
    }
    for (size_t i = 0; i < registry->library_count; i++) {
        mien_plugin_library_close(registry->libraries[i]);
    }
    free(registry->libraries);
    mien_search_path_free(&registry->manifests);
    mien_search_path_free(&registry->plugins);
    pthread_mutex_destroy(&registry->mutex);
    free(registry);
}

static bool is_name(const char *text) {
    return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static mien_status plugin_not_found(const mien_registry *registry, const char *name,
                                    mien_error *error) {
    char folders[MIEN_SEARCH_TEXT];
    char *const nearest = mien_search_path_nearest(&registry->plugins, ".so", name);
    mien_status status =
        mien_fail(error, MIEN_NOT_FOUND, "no plugin \"%.64s\"%s%s%s; looked in %s", name,
                  nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "",
                  mien_search_path_text(&registry->plugins, folders));
    free(nearest);
    return status;
}

/// A plugin's name is easily taken for a model's.
mien_status mien_registry_not_found(const mien_registry *registry, const mien_search_path *path,
                                    const char *name, mien_error *error) {
    char folders[MIEN_SEARCH_TEXT];
    const char *before = "; did you mean \"", *after = "\"?";
    char *nearest = mien_search_path_nearest(path, ".yaml", name);
    if (!nearest) {
        before = "; \"";
        after = "\" is a plugin, which becomes a model by a manifest that names it";
        nearest = mien_search_path_nearest(&registry->plugins, ".so", name);
    }
    mien_status status =
        mien_fail(error, MIEN_NOT_FOUND, "no manifest \"%.64s\"%s%s%s; looked in %s", name,
                  nearest ? before : "", nearest ? nearest : "", nearest ? after : "",
                  mien_search_path_text(path, folders));
    free(nearest);
    return status;
}

mien_status mien_registry_find_manifest(const mien_registry *registry, const char *name,
                                        char **file, mien_error *error) {
    return mien_search_path_find(&registry->manifests, name, ".yaml", true, file, error);
}

mien_status mien_registry_read_manifest(const mien_registry *registry, const char *file,
                                        const char *name, mien_manifest **manifest,
                                        mien_error *error) {
    mien_manifest *made = NULL;
    mien_status status = mien_manifest_read(file, &registry->manifest_options, &made, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (strcmp(made->name.text, name) != 0) {
        status = mien_manifest_fail(made, made->name.at, error, MIEN_BAD_INPUT,
                                    "calls itself \"%s\" in a file named %s.yaml; rename one",
                                    made->name.text, name);
        mien_manifest_free(made);
        return status;
    }
    *manifest = made;
    return MIEN_OK;
}

mien_status mien_registry_manifest(const mien_registry *registry, const char *name,
                                   mien_manifest **manifest, mien_error *error) {
    if (mien_manifest_is_path(name)) {
        return mien_manifest_read(name, &registry->manifest_options, manifest, error);
    }
    if (!is_name(name)) {
        return mien_fail(error, MIEN_NOT_FOUND,
                         "no manifest \"%.64s\"; names are lower-case letters, digits and hyphens, "
                         "and a file is given with a slash or its .yaml",
                         name);
    }
    char *file;
    mien_status status = mien_registry_find_manifest(registry, name, &file, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (!file) {
        return mien_registry_not_found(registry, &registry->manifests, name, error);
    }
    status = mien_registry_read_manifest(registry, file, name, manifest, error);
    free(file);
    return status;
}

mien_status mien_registry_find_plugin(const mien_registry *registry, const char *name, char **path,
                                      mien_error *error) {
    if (!is_name(name)) {
        return mien_fail(error, MIEN_NOT_FOUND,
                         "no plugin \"%.64s\"; names are lower-case letters, digits and hyphens",
                         name);
    }
    char *file;
    mien_status status =
        mien_search_path_find(&registry->plugins, name, ".so", false, &file, error);
    if (status == MIEN_OK && !file) {
        status = plugin_not_found(registry, name, error);
    }
    if (status == MIEN_OK) {
        *path = file;
    }
    return status;
}

/// Opens the plugin and keeps it. With the mutex held.
static mien_status open_plugin(mien_registry *registry, const char *name,
                               const mien_plugin_library **library, mien_error *error) {
    char *file = NULL;
    mien_status status = mien_registry_find_plugin(registry, name, &file, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_plugin_library **const more =
        realloc(registry->libraries, (registry->library_count + 1) * sizeof *more);
    if (more) {
        registry->libraries = more;
        status = mien_plugin_library_open(file, name, &more[registry->library_count], error);
    } else {
        status = mien_fail_memory(error, "a plugin");
    }
    if (status == MIEN_OK) {
        *library = more[registry->library_count++];
    }
    free(file);
    return status;
}

mien_status mien_registry_plugin(mien_registry *registry, const char *name,
                                 const mien_plugin_library **library, mien_error *error) {
    pthread_mutex_lock(&registry->mutex);
    mien_status status = MIEN_OK;
    size_t i = 0;
    while (i < registry->library_count &&
           strcmp(mien_plugin_library_descriptor(registry->libraries[i])->name, name) != 0) {
        i++;
    }
    if (i < registry->library_count) {
        *library = registry->libraries[i];
    } else {
        status = open_plugin(registry, name, library, error);
    }
    pthread_mutex_unlock(&registry->mutex);
    return status;
}
