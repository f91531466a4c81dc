// SPDX-License-Identifier: Apache-2.0
#include "host/manifest/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

mien_status mien_manifest_fail(const mien_manifest *manifest, mien_position at, mien_error *error,
                               mien_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    mien_fail_v(error, status, format, arguments);
    va_end(arguments);
    return mien_manifest_locate(manifest, at, status, error);
}

mien_status mien_manifest_locate(const mien_manifest *manifest, mien_position at,
                                 mien_status status, mien_error *error) {
    return at.line == 0
               ? mien_error_context(error, status, "%s", manifest->path)
               : mien_error_context(error, status, "%s:%u:%u", manifest->path, at.line, at.column);
}

void mien_manifest_free(mien_manifest *manifest) {
    if (manifest) {
        mien_pool_free(manifest->pool); // `manifest` itself is in it
    }
}

/// An empty manifest that knows its path, in a pool of its own.
static mien_manifest *create(const char *path, const mien_manifest_options *options) {
    mien_pool *const pool = mien_pool_create();
    mien_manifest *const manifest = pool ? mien_pool_alloc(pool, 1, sizeof *manifest) : NULL;
    const char *const slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) : 0;
    if (manifest) {
        manifest->pool = pool;
        manifest->allow_outside = options && options->allow_outside;
        manifest->path = mien_pool_text(pool, path, strlen(path));
        manifest->folder =
            slash ? mien_pool_text(pool, slash == path ? "/" : path, folder ? folder : 1)
                  : mien_pool_text(pool, ".", 1);
    }
    if (!manifest || !manifest->path || !manifest->folder) {
        mien_pool_free(pool);
        return NULL;
    }
    return manifest;
}

/// The user's settings go over the tree, which is the manifest's own.
static mien_status apply_settings(mien_manifest *manifest, const mien_yaml_node *root,
                                  const mien_manifest_options *options, mien_error *error) {
    const char *const *each = options ? options->settings : NULL;
    mien_status status = MIEN_OK;
    if (!each || root->kind != MIEN_YAML_MAPPING) {
        return MIEN_OK;
    }
    for (; *each && status == MIEN_OK; each++) {
        status = mien_manifest_set(manifest, (mien_yaml_node *)root, *each, error);
    }
    return status;
}

mien_status mien_manifest_parse(const void *bytes, size_t size, const char *path,
                                const mien_manifest_options *options, mien_manifest **manifest,
                                mien_error *error) {
    mien_manifest *const made = create(path, options);
    if (!made) {
        return mien_fail(error, MIEN_OUT_OF_MEMORY, "%s: out of memory for the manifest", path);
    }
    const mien_yaml_node *root = NULL;
    // Texts stay where the tree has them, so that it lives as long as the manifest.
    mien_status status = mien_yaml_parse(bytes, size, path, made->pool, &root, error);
    if (status == MIEN_OK && !root) {
        status = mien_fail(
            error, MIEN_BAD_INPUT,
            "%s:1:1: empty; a manifest starts with \"schema: 1\" and \"kind: model\"", path);
    }
    if (status == MIEN_OK) {
        status = apply_settings(made, root, options, error);
    }
    if (status == MIEN_OK) {
        status = mien_manifest_bind(made, root, error);
    }
    if (status == MIEN_OK) {
        status = mien_manifest_check_rules(made, error);
    }
    if (status != MIEN_OK) {
        mien_manifest_free(made);
        return status;
    }
    *manifest = made;
    return MIEN_OK;
}

static mien_status cannot_read(const char *path, int cause, mien_error *error) {
    return cause == ENOENT ? mien_fail(error, MIEN_NOT_FOUND, "%s: no such file", path)
                           : mien_fail(error, MIEN_IO, "%s: %s", path, strerror(cause));
}

/// Reads at most one byte more than a manifest may have, so that a larger file is known as such
/// whatever its size is said to be.
static mien_status read_all(int file, const char *path, char *bytes, size_t *size,
                            mien_error *error) {
    size_t used = 0;
    while (used <= MIEN_MANIFEST_MAX_BYTES) {
        const ssize_t got = read(file, bytes + used, MIEN_MANIFEST_MAX_BYTES + 1 - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cannot_read(path, errno, error);
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
    }
    *size = used;
    return MIEN_OK;
}

mien_status mien_manifest_read(const char *path, const mien_manifest_options *options,
                               mien_manifest **manifest, mien_error *error) {
    // Non-blocking, so that a FIFO in a manifest folder cannot hold the host up.
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return cannot_read(path, errno, error);
    }
    mien_status status;
    char *bytes = NULL;
    struct stat about;
    size_t size = 0;
    if (fstat(file, &about) != 0) {
        status = cannot_read(path, errno, error);
    } else if (!S_ISREG(about.st_mode)) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: not a regular file", path);
    } else if (!(bytes = malloc(MIEN_MANIFEST_MAX_BYTES + 1))) {
        status = mien_fail(error, MIEN_OUT_OF_MEMORY, "%s: out of memory for the manifest", path);
    } else {
        status = read_all(file, path, bytes, &size, error);
    }
    if (status == MIEN_OK) {
        status = mien_manifest_parse(bytes, size, path, options, manifest, error);
    }
    free(bytes);
    close(file);
    return status;
}
