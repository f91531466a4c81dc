// SPDX-License-Identifier: Apache-2.0
#include "zoo/weights/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// Maps `path` into `weights`. An empty file maps to nothing: bytes stay NULL.
static mien_status map_file(const char *path, mien_weights *weights, mien_error *error) {
    mien_status status = MIEN_OK;
    struct stat info;
    // Without O_NONBLOCK, opening a named pipe waits for its writer.
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return mien_fail(error, errno == ENOENT ? MIEN_NOT_FOUND : MIEN_IO, "cannot open: %s",
                         strerror(errno));
    }
    if (fstat(file, &info) != 0) {
        status = mien_fail(error, MIEN_IO, "cannot be examined: %s", strerror(errno));
        goto done;
    }
    if (!S_ISREG(info.st_mode)) {
        status = mien_fail(error, MIEN_BAD_INPUT, "is not a regular file");
        goto done;
    }
    weights->size = (size_t)info.st_size;
    if (weights->size == 0) {
        goto done;
    }
    void *bytes = mmap(NULL, weights->size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) {
        status = errno == ENOMEM
                     ? mien_fail_memory(error, "a mapping of the file")
                     : mien_fail(error, MIEN_IO, "cannot be mapped: %s", strerror(errno));
        goto done;
    }
    weights->bytes = bytes;
    weights->mapped = true;
done:
    close(file);
    return status;
}

static mien_status check_digest(const mien_weights *weights, const char *sha256,
                                mien_error *error) {
    char digest[MIEN_SHA256_HEX];
    mien_status status = mien_sha256_weights(weights, digest, error);
    return status == MIEN_OK ? mien_sha256_compare(sha256, digest, error) : status;
}

mien_status mien_weights_open(const char *path, const char *sha256, mien_weights **weights,
                              mien_error *error) {
    mien_weights *opened = calloc(1, sizeof *opened);
    if (!opened) {
        return mien_fail_memory(error, "weights");
    }
    mien_status status = map_file(path, opened, error);
    if (status == MIEN_OK && sha256) {
        status = check_digest(opened, sha256, error);
    }
    if (status == MIEN_OK) {
        status = mien_safetensors_parse(opened, error);
    }
    if (status != MIEN_OK) {
        mien_weights_close(opened);
        return mien_error_context(error, status, "%s", path);
    }
    *weights = opened;
    return MIEN_OK;
}

mien_status mien_weights_open_memory(const void *bytes, size_t size, mien_weights **weights,
                                     mien_error *error) {
    mien_weights *opened = calloc(1, sizeof *opened);
    if (!opened) {
        return mien_fail_memory(error, "weights");
    }
    opened->bytes = bytes;
    opened->size = size;
    mien_status status = mien_safetensors_parse(opened, error);
    if (status != MIEN_OK) {
        mien_weights_close(opened);
        return status;
    }
    *weights = opened;
    return MIEN_OK;
}

void mien_weights_close(mien_weights *weights) {
    if (!weights) {
        return;
    }
    for (size_t i = 0; i < weights->copy_count; i++) {
        free(weights->copies[i]);
    }
    free(weights->copies);
    free(weights->tensors);
    yyjson_doc_free(weights->header);
    if (weights->mapped) {
        munmap((void *)weights->bytes, weights->size);
    }
    free(weights);
}

void mien_weights_forget(const mien_weights *weights, const void *bytes, size_t size) {
    const uintptr_t begin = (uintptr_t)weights->bytes, from = (uintptr_t)bytes;
    if (!weights->mapped || from < begin || from - begin >= weights->size) {
        return; // in memory, or a copy of a misaligned tensor
    }
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = from - from % page;
    madvise((void *)first, size + (from - first), MADV_DONTNEED); // rounded up to whole pages
}

size_t mien_weights_count(const mien_weights *weights) {
    return weights->count;
}

mien_named_tensor mien_weights_at(const mien_weights *weights, size_t index) {
    return weights->tensors[index];
}

static int compare_name(const void *name, const void *tensor) {
    return strcmp(name, ((const mien_named_tensor *)tensor)->name);
}

const mien_tensor *mien_weights_find(const mien_weights *weights, const char *name) {
    if (weights->count == 0) {
        return NULL;
    }
    const mien_named_tensor *found =
        bsearch(name, weights->tensors, weights->count, sizeof *weights->tensors, compare_name);
    return found ? &found->tensor : NULL;
}

const char *mien_weights_metadata(const mien_weights *weights, const char *key) {
    yyjson_val *root = yyjson_doc_get_root(weights->header);
    return yyjson_get_str(yyjson_obj_get(yyjson_obj_get(root, "__metadata__"), key));
}

size_t mien_weights_bytes(const mien_weights *weights) {
    return weights->data_bytes;
}
