// SPDX-License-Identifier: Apache-2.0
/// @file
/// Where manifests and plugins are found.
///
/// Manifests: NAME.yaml, NAME/NAME.yaml or sweeps/NAME.yaml in the folders of MIEN_MANIFEST_PATH
/// (colons between), then ./manifests, then ../share/mien/manifests beside the program's folder,
/// then the install folder. Plugins: NAME.so in the folders of MIEN_PLUGIN_PATH, then
/// ../lib/mien/plugins beside the program's folder, then the install folder. The first one found
/// counts. An ensemble's members are looked for in its own folder before all these. A plugin is
/// found by name only: no manifest can make the host load a file of its choice.
/// Listing reads manifests and runs no plugin code.
#ifndef MIEN_HOST_REGISTRY_H
#define MIEN_HOST_REGISTRY_H

#include "host/manifest.h"
#include "host/plugin_library.h"

typedef struct mien_registry mien_registry;

typedef struct mien_registry_options {
    const char *manifest_path; ///< in place of MIEN_MANIFEST_PATH; NULL: the environment
    const char *plugin_path;   ///< in place of MIEN_PLUGIN_PATH; NULL: the environment
    bool allow_outside;        ///< manifests may name files outside their folder
    bool only_given;           ///< search the two paths alone, no default folders
} mien_registry_options;

/// `options` may be NULL. Free with mien_registry_free() after all models loaded through it.
/// Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_registry_create(const mien_registry_options *options,
                                                 mien_registry **registry, mien_error *error);
/// NULL is allowed. Closes the plugins it opened.
void mien_registry_free(mien_registry *registry);

/// Reads the manifest of that name, or, where `name` holds a slash or ends in .yaml or .yml, that
/// file. The manifest is the caller's. A manifest found by name must call itself that. Errors:
/// MIEN_NOT_FOUND (names the nearest and the folders searched), and mien_manifest_read()'s.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_registry_manifest(const mien_registry *registry, const char *name,
                                                   mien_manifest **manifest, mien_error *error);

/// Reads the manifest of a member of an ensemble. A name is looked for in the ensemble's folder as
/// in one of manifests, then where all are; a file is seen from the ensemble's folder, and inside
/// it, as all paths of manifests. The manifest is the caller's, and a model's: an ensemble is no
/// member. Errors, with the ensemble's file:line:column in front: MIEN_NOT_FOUND (names the
/// folders searched), MIEN_BAD_INPUT (no model, a path that leads outside), and
/// mien_manifest_read()'s. [any thread]
MIEN_MUST_CHECK mien_status mien_registry_member(const mien_registry *registry,
                                                 const mien_manifest *ensemble, size_t member,
                                                 mien_manifest **manifest, mien_error *error);

/// What names the same member in an ensemble whose file is `path`, which need not be there: free()
/// it. Errors: as mien_registry_member()'s, and MIEN_INVALID_ARGUMENT where nothing does, or where
/// `path` is the member's own file. [any thread]
MIEN_MUST_CHECK mien_status mien_registry_member_from(const mien_registry *registry,
                                                      const mien_manifest *ensemble, size_t member,
                                                      const char *path, char **text,
                                                      mien_error *error);

/// One manifest found. A broken one is listed too, with its error.
typedef struct mien_registry_entry {
    char *name; ///< the file's name without ending
    char *path;
    mien_manifest *manifest; ///< NULL when broken
    char *problem;           ///< the error's message; NULL when sound
    mien_status status;
} mien_registry_entry;

/// All manifests found, by name; of several with one name, the one that counts. Free with
/// mien_registry_entries_free(). A folder that cannot be read is skipped when it does not exist and
/// an error otherwise. Errors: MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_registry_list(const mien_registry *registry,
                                               mien_registry_entry **entries, size_t *count,
                                               mien_error *error);
void mien_registry_entries_free(mien_registry_entry *entries, size_t count);

/// The plugin of that name, opened at first use and kept until mien_registry_free(); borrowed.
/// Errors: MIEN_NOT_FOUND (names the nearest and the folders searched), and
/// mien_plugin_library_open()'s. [any thread]
MIEN_MUST_CHECK mien_status mien_registry_plugin(mien_registry *registry, const char *name,
                                                 const mien_plugin_library **library,
                                                 mien_error *error);

/// The file that mien_registry_plugin() opens, which is not opened here; free() it. Errors:
/// MIEN_NOT_FOUND, as there, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_registry_find_plugin(const mien_registry *registry,
                                                      const char *name, char **path,
                                                      mien_error *error);

#endif
