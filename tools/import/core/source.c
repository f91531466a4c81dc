// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/source.h"

#include "tools/import/core/tfjs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_JSON_BYTES = 1 << 28, HEADER_LENGTH_BYTES = 8 };

static mien_status read_safetensors(const char *path, mien_source *source, mien_error *error) {
    mien_status status = mien_weights_open(path, NULL, &source->weights, error);
    if (status != MIEN_OK) {
        return status;
    }
    for (size_t i = 0; i < mien_weights_count(source->weights) && status == MIEN_OK; i++) {
        mien_named_tensor tensor = mien_weights_at(source->weights, i);
        status = mien_import_set_add(&source->tensors, tensor.name, &tensor.tensor, NULL, error);
    }
    return status;
}

// `context` is the manifest's path.
static mien_status append_shard(void *context, const char *name, size_t limit,
                                mien_import_bytes *bytes, mien_error *error) {
    const char *manifest = context, *slash = strrchr(manifest, '/');
    int folder = slash ? (int)(slash - manifest + 1) : 0;
    char *path;
    if (asprintf(&path, "%.*s%s", folder, manifest, name) < 0) {
        return mien_fail_memory(error, "a file name");
    }
    mien_status status = mien_import_append_file(path, limit, bytes, error);
    free(path);
    return status;
}

static mien_status read_tfjs(const char *path, mien_source_format format, mien_source *source,
                             mien_error *error) {
    mien_import_bytes json = {0};
    mien_tfjs_format found;
    mien_status status = mien_import_append_file(path, MAX_JSON_BYTES, &json, error);
    if (status != MIEN_OK) {
        goto done;
    }
    status = mien_tfjs_detect(json.data, json.size, &found, error);
    if (status == MIEN_OK && (format == MIEN_SOURCE_TFJS_LAYERS && found != MIEN_TFJS_LAYERS)) {
        status = mien_fail(error, MIEN_BAD_INPUT, "is a graph model: --format tfjs-graph");
    }
    if (status == MIEN_OK && (format == MIEN_SOURCE_TFJS_GRAPH && found != MIEN_TFJS_GRAPH)) {
        status = mien_fail(error, MIEN_BAD_INPUT, "is no graph model: --format tfjs-layers");
    }
    if (status == MIEN_OK) {
        const mien_tfjs_shards shards = {(void *)path, append_shard};
        status = mien_tfjs_read(json.data, json.size, &shards, &source->tensors, error);
    }
    status = mien_error_context(error, status, "%s", path);
done:
    free(json.data);
    return status;
}

static mien_status is_safetensors(const char *path, bool *safetensors, mien_error *error) {
    uint8_t start[HEADER_LENGTH_BYTES] = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return mien_fail(error, errno == ENOENT ? MIEN_NOT_FOUND : MIEN_IO,
                         "%s: cannot be opened: %s", path, strerror(errno));
    }
    struct stat info;
    if (fstat(file, &info) == 0 && !S_ISREG(info.st_mode)) {
        close(file);
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a regular file", path);
    }
    ssize_t got = read(file, start, sizeof start); // of a regular file, whole
    int cause = errno;
    close(file);
    if (got < 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be read: %s", path, strerror(cause));
    }
    // JSON text has no NUL, and a header's length has at least four.
    *safetensors = got == 0 || memchr(start, 0, (size_t)got) != NULL;
    return MIEN_OK;
}

mien_status mien_source_open(const char *path, mien_source_format format, mien_source *source,
                             mien_error *error) {
    bool safetensors = format == MIEN_SOURCE_SAFETENSORS;
    if (format == MIEN_SOURCE_AUTO) {
        mien_status status = is_safetensors(path, &safetensors, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return safetensors ? read_safetensors(path, source, error)
                       : read_tfjs(path, format, source, error);
}

void mien_source_close(mien_source *source) {
    mien_import_set_clear(&source->tensors);
    mien_weights_close(source->weights);
    source->weights = NULL;
}
