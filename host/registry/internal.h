// SPDX-License-Identifier: Apache-2.0
/// @file
/// What the registry's files share: the search path and the plugins opened so far.
#ifndef MIEN_HOST_REGISTRY_INTERNAL_H
#define MIEN_HOST_REGISTRY_INTERNAL_H

#include "host/registry.h"

#include <pthread.h>

/// Folders in the order they are searched.
typedef struct mien_search_path {
    char **folders;
    size_t count;
} mien_search_path;

/// `variable` names the environment variable that `given` stands for when that is NULL; `beside`
/// is relative to the program's folder. Free with mien_search_path_free(), also after a failure.
typedef struct mien_search_rule {
    const char *given, *variable, *here, *beside, *install;
    bool only_given;
} mien_search_rule;
MIEN_MUST_CHECK mien_status mien_search_path_make(const mien_search_rule *rule,
                                                  mien_search_path *path, mien_error *error);
/// As `path`, with `folder` to be searched first. Start with `made` zeroed, and free it with
/// mien_search_path_free(), also after a failure.
MIEN_MUST_CHECK mien_status mien_search_path_behind(const mien_search_path *path,
                                                    const char *folder, mien_search_path *made,
                                                    mien_error *error);
void mien_search_path_free(mien_search_path *path);

/// The first of FOLDER/NAME.ENDING, FOLDER/NAME/NAME.ENDING and FOLDER/sweeps/NAME.ENDING (the last
/// two if `nested`) that exists, on the heap; NULL and MIEN_OK when none does.
MIEN_MUST_CHECK mien_status mien_search_path_find(const mien_search_path *path, const char *name,
                                                  const char *ending, bool nested, char **found,
                                                  mien_error *error);

/// "a, b and c" for messages, into `text`; returns it.
enum { MIEN_SEARCH_TEXT = 1024 };
const char *mien_search_path_text(const mien_search_path *path, char text[MIEN_SEARCH_TEXT]);

struct mien_registry {
    mien_search_path manifests, plugins;
    mien_manifest_options manifest_options;
    pthread_mutex_t mutex; // of what follows
    mien_plugin_library **libraries;
    size_t library_count;
};

/// The file of the manifest with that name that counts, on the heap; NULL when there is none.
MIEN_MUST_CHECK mien_status mien_registry_find_manifest(const mien_registry *registry,
                                                        const char *name, char **file,
                                                        mien_error *error);

/// Says that no folder of a path has it, with the nearest name. MIEN_NOT_FOUND.
mien_status mien_registry_not_found(const mien_registry *registry, const mien_search_path *path,
                                    const char *name, mien_error *error);

/// Reads a manifest found by name: it must call itself that.
MIEN_MUST_CHECK mien_status mien_registry_read_manifest(const mien_registry *registry,
                                                        const char *file, const char *name,
                                                        mien_manifest **manifest,
                                                        mien_error *error);

/// Names of files in a folder that end in `ending`, without it, sorted; for "did you mean". A
/// folder that does not exist has none. Free each and the list.
MIEN_MUST_CHECK mien_status mien_folder_stems(const char *folder, const char *ending, char ***stems,
                                              size_t *count, mien_error *error);
void mien_folder_stems_free(char **stems, size_t count);

/// The stem nearest to `name` in any folder, or NULL; free() it. Best effort: used in messages.
char *mien_search_path_nearest(const mien_search_path *path, const char *ending, const char *name);

#endif
