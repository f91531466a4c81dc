// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/internal.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static void ignore_stage(mien_load_stage stage, void *data) {
    (void)stage;
    (void)data;
}

static mien_status load_descriptor(mien_plugin_library *library, const char *name,
                                   void (*report)(mien_load_stage stage, void *data), void *data,
                                   mien_error *error) {
    void *const symbol = dlsym(library->handle, MIEN_PLUGIN_ENTRY_SYMBOL);
    if (!symbol) {
        return mien_fail(error, MIEN_PLUGIN,
                         "does not export %s; define it, marked MIEN_PLUGIN_EXPORT and, in C++, "
                         "with mien/plugin.h included",
                         MIEN_PLUGIN_ENTRY_SYMBOL);
    }
    mien_plugin_entry_function entry;
    memcpy(&entry, &symbol, sizeof entry); // ISO C has no cast from object to function pointer
    report(MIEN_LOAD_ENTRY, data);
    const mien_plugin *const descriptor = entry(MIEN_ABI_VERSION);
    if (!descriptor) {
        return mien_fail(error, MIEN_ABI_MISMATCH,
                         "refuses this host's plugin ABI %u.%u; build it against this version of "
                         "Mien",
                         MIEN_ABI_MAJOR, MIEN_ABI_MINOR);
    }
    report(MIEN_LOAD_DESCRIPTOR, data);
    return mien_plugin_validate(descriptor, name, &library->plugin, &library->input, &library->keys,
                                error);
}

mien_status mien_plugin_load(mien_plugin_library *library, const char *name,
                             void (*report)(mien_load_stage stage, void *data), void *data,
                             mien_error *error) {
    report = report ? report : ignore_stage;
    report(MIEN_LOAD_LINKING, data);
    library->handle = dlopen(library->path, RTLD_NOW | RTLD_LOCAL);
    if (!library->handle) {
        const char *const message = dlerror();
        const mien_status status = mien_plugin_explain_dlerror(
            library->path, message ? message : "no reason given", error);
        (void)dlerror(); // lets go of the message
        return status;
    }
    mien_status status = load_descriptor(library, name, report, data, error);
    return status == MIEN_OK ? status : mien_error_context(error, status, "%s", library->path);
}

void mien_plugin_unload(mien_plugin_library *library) {
    free(library->keys);
    library->keys = NULL;
    if (library->handle) {
        dlclose(library->handle);
        library->handle = NULL;
    }
}

/// The file's name without folder and ending, on the heap.
static char *stem(const char *path) {
    const char *const slash = strrchr(path, '/');
    const char *const base = slash ? slash + 1 : path;
    const char *const dot = strrchr(base, '.');
    return strndup(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

mien_status mien_plugin_library_open(const char *path, const char *name,
                                     mien_plugin_library **library, mien_error *error) {
    mien_status status = mien_plugin_check_elf(path, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_plugin_library *made = calloc(1, sizeof *made);
    char *const own_name = name ? strdup(name) : stem(path);
    // Without a slash dlopen would search the system's libraries.
    if (!made || !own_name || !(made->path = realpath(path, NULL))) {
        status = mien_fail_memory(error, "a plugin");
    }
    if (status == MIEN_OK) {
        status = mien_plugin_try(made->path, own_name, error);
    }
    if (status == MIEN_OK) {
        status = mien_plugin_load(made, own_name, NULL, NULL, error);
    }
    free(own_name);
    if (status != MIEN_OK) {
        mien_plugin_library_close(made);
        return status;
    }
    *library = made;
    return MIEN_OK;
}

void mien_plugin_library_close(mien_plugin_library *library) {
    if (!library) {
        return;
    }
    mien_plugin_unload(library);
    free(library->path);
    free(library);
}

const mien_plugin *mien_plugin_library_descriptor(const mien_plugin_library *library) {
    return &library->plugin;
}

const char *mien_plugin_library_path(const mien_plugin_library *library) {
    return library->path;
}
