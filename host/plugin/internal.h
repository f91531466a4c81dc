// SPDX-License-Identifier: Apache-2.0
/// @file
/// The steps of opening a plugin, in order: ELF header, trial run, dlopen and entry, descriptor.
#ifndef MIEN_HOST_PLUGIN_INTERNAL_H
#define MIEN_HOST_PLUGIN_INTERNAL_H

#include "host/plugin_library.h"

/// Where a load is, so that the trial run can say where it ended.
typedef enum mien_load_stage {
    MIEN_LOAD_LINKING = 1,    ///< dlopen, constructors
    MIEN_LOAD_ENTRY = 2,      ///< mien_plugin_entry
    MIEN_LOAD_DESCRIPTOR = 3, ///< reading what it returned
    MIEN_LOAD_DONE = 4,       ///< with whatever result
} mien_load_stage;

struct mien_plugin_library {
    void *handle;
    char *path;
    mien_plugin plugin;
    mien_input_spec input;
    mien_config_key *keys;
};

/// Is the file a shared object for this machine? Errors: MIEN_NOT_FOUND, MIEN_IO, MIEN_PLUGIN.
MIEN_MUST_CHECK mien_status mien_plugin_check_elf(const char *path, mien_error *error);

/// Writes what the dynamic loader's own message means. Returns MIEN_PLUGIN or MIEN_OUT_OF_MEMORY.
mien_status mien_plugin_explain_dlerror(const char *path, const char *message, mien_error *error);

/// Loads into a zeroed `library`, whose path is set; tells `report` each stage as it begins.
MIEN_MUST_CHECK mien_status mien_plugin_load(mien_plugin_library *library, const char *name,
                                             void (*report)(mien_load_stage stage, void *data),
                                             void *data, mien_error *error);
/// Undoes mien_plugin_load(), also when it failed halfway.
void mien_plugin_unload(mien_plugin_library *library);

/// Loads in a forked child and throws that away. Errors: MIEN_PLUGIN when the child crashed, ended
/// or did not come back; every error that loading itself can report is left to the real load.
MIEN_MUST_CHECK mien_status mien_plugin_try(const char *path, const char *name, mien_error *error);

#endif
