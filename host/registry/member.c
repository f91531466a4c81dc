// SPDX-License-Identifier: Apache-2.0
// The manifests of an ensemble's members: what its own folder has comes before what others have.
#include "host/paths.h"
#include "host/registry/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The file of that name that counts for an ensemble in `folder`; free() it.
static mien_status find_named(const mien_registry *registry, const char *folder, const char *name,
                              char **file, mien_error *error) {
    mien_search_path path = {0};
    mien_status status = mien_search_path_behind(&registry->manifests, folder, &path, error);
    if (status == MIEN_OK) {
        status = mien_search_path_find(&path, name, ".yaml", true, file, error);
    }
    if (status == MIEN_OK && !*file) {
        status = mien_registry_not_found(registry, &path, name, error);
    }
    mien_search_path_free(&path);
    return status;
}

/// Says which member it was.
static mien_status blame(const mien_manifest *ensemble, mien_manifest_text model,
                         mien_status status, mien_error *error) {
    status = mien_error_context(error, status, "member \"%s\"", model.text);
    return mien_manifest_locate(ensemble, model.at, status, error);
}

static mien_status find(const mien_registry *registry, const mien_manifest *ensemble,
                        mien_manifest_text model, char **file, mien_error *error) {
    if (mien_manifest_is_path(model.text)) {
        return mien_manifest_resolve(ensemble, model, file, error);
    }
    return blame(ensemble, model, find_named(registry, ensemble->folder, model.text, file, error),
                 error);
}

static mien_status check_kind(const mien_manifest *ensemble, mien_manifest_text model,
                              const mien_manifest *manifest, mien_error *error) {
    if (manifest->kind == MIEN_KIND_MODEL) {
        return MIEN_OK;
    }
    if (manifest->kind != MIEN_KIND_ENSEMBLE) {
        return mien_manifest_fail(ensemble, model.at, error, MIEN_BAD_INPUT,
                                  "member \"%s\" is a %s; members are models", model.text,
                                  mien_manifest_kind_text(manifest->kind));
    }
    const bool itself = mien_paths_same(ensemble->path, manifest->path);
    return mien_manifest_fail(ensemble, model.at, error, MIEN_BAD_INPUT,
                              "member \"%s\" is %s; members are models%s", model.text,
                              itself ? "this ensemble itself" : "an ensemble",
                              itself ? "" : ", so name those that it has");
}

mien_status mien_registry_member(const mien_registry *registry, const mien_manifest *ensemble,
                                 size_t member, mien_manifest **manifest, mien_error *error) {
    const mien_manifest_text model = ensemble->ensemble.members[member].model;
    mien_manifest *made = NULL;
    char *file = NULL;
    mien_status status = find(registry, ensemble, model, &file, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_manifest_is_path(model.text)
                 ? mien_manifest_read(file, &registry->manifest_options, &made, error)
                 : mien_registry_read_manifest(registry, file, model.text, &made, error);
    free(file);
    if (status != MIEN_OK) {
        return blame(ensemble, model, status, error);
    }
    status = check_kind(ensemble, model, made, error);
    if (status != MIEN_OK) {
        mien_manifest_free(made);
        return status;
    }
    *manifest = made;
    return MIEN_OK;
}

// --- From elsewhere ------------------------------------------------------------------------------

/// Whether the name means `file` there, too.
static mien_status means(const mien_registry *registry, const char *folder, const char *name,
                         const char *file, bool *same, mien_error *error) {
    char *found = NULL;
    mien_error ignored = MIEN_ERROR_INIT;
    mien_status status = find_named(registry, folder, name, &found, &ignored);
    *same = status == MIEN_OK && mien_paths_same(found, file);
    free(found);
    return status == MIEN_OUT_OF_MEMORY ? mien_fail_memory(error, "a path") : MIEN_OK;
}

/// The way from a folder to a file inside it; NULL and MIEN_OK where it is not inside.
static mien_status way_to(const char *folder, const char *file, char **way, mien_error *error) {
    char *const from = realpath(folder, NULL), *const to = realpath(file, NULL);
    const size_t length = from ? strlen(from) : 0;
    mien_status status = MIEN_OK;
    if (!from || !to) {
        status = mien_fail(error, MIEN_NOT_FOUND, "%s is gone", from ? file : folder);
    } else if (strncmp(from, to, length) == 0 && (to[length] == '/' || length == 1)) {
        const char *const rest = to + length + (length > 1);
        // Such a path may have neither slash nor ending, seen from there.
        const bool bare = !mien_manifest_is_path(rest);
        if (asprintf(way, "%s%s", bare ? "./" : "", rest) < 0) {
            *way = NULL;
            status = mien_fail_memory(error, "a path");
        }
    }
    free(from);
    free(to);
    return status;
}

static mien_status name_from(const mien_registry *registry, mien_manifest_text model,
                             const char *file, const char *folder, const char *path, char **text,
                             mien_error *error) {
    if (mien_paths_same(file, path)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%s is the file of the member \"%s\"", path,
                         model.text);
    }
    const char *const slash = strrchr(path, '/'), *const name = slash ? slash + 1 : path;
    const bool named = !mien_manifest_is_path(model.text);
    if (named && strncmp(name, model.text, strlen(model.text)) == 0 &&
        strcmp(name + strlen(model.text), ".yaml") == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "%s would be found in place of the member \"%s\"; choose another name",
                         path, model.text);
    }
    bool same = false;
    mien_status status = MIEN_OK;
    *text = NULL;
    if (named) {
        status = means(registry, folder, model.text, file, &same, error);
    }
    if (status == MIEN_OK && same) {
        *text = strdup(model.text);
        return *text ? MIEN_OK : mien_fail_memory(error, "a path");
    }
    if (status == MIEN_OK) {
        status = way_to(folder, file, text, error);
    }
    if (status == MIEN_OK && !*text) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "the member \"%s\" is %s, which an ensemble in folder %s cannot name; "
                           "choose a folder that it is in",
                           model.text, file, folder);
    }
    return status;
}

mien_status mien_registry_member_from(const mien_registry *registry, const mien_manifest *ensemble,
                                      size_t member, const char *path, char **text,
                                      mien_error *error) {
    const mien_manifest_text model = ensemble->ensemble.members[member].model;
    const char *const slash = strrchr(path, '/');
    char *file = NULL;
    char *const folder =
        slash ? strndup(path, (size_t)(slash - path) + (slash == path)) : strdup(".");
    mien_status status =
        folder ? find(registry, ensemble, model, &file, error) : mien_fail_memory(error, "a path");
    if (status == MIEN_OK) {
        status = name_from(registry, model, file, folder, path, text, error);
    }
    free(folder);
    free(file);
    return status;
}
