// SPDX-License-Identifier: Apache-2.0
/// @file
/// One plugin's shared object, opened in a strict order with a message for each way to fail: file,
/// ELF header, trial run in a child process, dlopen, entry symbol, ABI, descriptor.
#ifndef MIEN_HOST_PLUGIN_LIBRARY_H
#define MIEN_HOST_PLUGIN_LIBRARY_H

#include "mien/plugin.h"

typedef struct mien_plugin_library mien_plugin_library;

/// Opens a plugin. `name` is what its descriptor must call itself; NULL: the file's name without
/// folder and ending. The first load runs in a forked child, so that a crash or an endless loop in
/// the plugin's constructors, entry or descriptor is an error here and not the end of the host.
/// Free with mien_plugin_library_close(). Errors: MIEN_NOT_FOUND (no such file), MIEN_IO,
/// MIEN_PLUGIN (not loadable: not ELF, other machine, missing library, undefined or missing
/// symbol, crash, bad descriptor), MIEN_ABI_MISMATCH, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_plugin_library_open(const char *path, const char *name,
                                                     mien_plugin_library **library,
                                                     mien_error *error);

/// After everything made by the plugin is gone. NULL is allowed.
void mien_plugin_library_close(mien_plugin_library *library);

/// The plugin's descriptor as this host knows it: members the plugin is too old to have are zero.
/// Borrowed from the library. [any thread]
const mien_plugin *mien_plugin_library_descriptor(const mien_plugin_library *library);

/// Borrowed from the library. [any thread]
const char *mien_plugin_library_path(const mien_plugin_library *library);

/// Checks a descriptor as mien_plugin_library_open() does and copies it into `*plugin`, which then
/// points to its input rule and keys, brought to this host's size, in `*input` and `*keys` (free()
/// it; NULL when there are none). Errors: MIEN_ABI_MISMATCH, MIEN_PLUGIN, MIEN_OUT_OF_MEMORY.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_plugin_validate(const mien_plugin *descriptor, const char *name,
                                                 mien_plugin *plugin, mien_input_spec *input,
                                                 mien_config_key **keys, mien_error *error);

#endif
