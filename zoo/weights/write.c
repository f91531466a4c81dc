// SPDX-License-Identifier: Apache-2.0
#include "zoo/weights/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Larger elements first, so that each tensor is aligned to its element; then by name.
static int compare_order(const void *a, const void *b) {
    const mien_named_tensor *left = *(const mien_named_tensor *const *)a;
    const mien_named_tensor *right = *(const mien_named_tensor *const *)b;
    size_t left_size = mien_dtype_size(left->tensor.dtype);
    size_t right_size = mien_dtype_size(right->tensor.dtype);
    if (left_size != right_size) {
        return left_size > right_size ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

static const char *format_name(mien_dtype dtype) {
    switch (dtype) {
    case MIEN_F32:
        return "F32";
    case MIEN_F16:
        return "F16";
    case MIEN_I8:
        return "I8";
    case MIEN_U8:
        return "U8";
    case MIEN_I32:
        return "I32";
    case MIEN_I64:
        return "I64";
    }
    return NULL;
}

static mien_status check_tensor(const mien_named_tensor *tensor, mien_error *error) {
    size_t elements, bytes;
    if (strcmp(tensor->name, "__metadata__") == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "a tensor cannot be named '__metadata__'");
    }
    if (!format_name(tensor->tensor.dtype) ||
        !mien_shape_elements(&tensor->tensor.shape, &elements) ||
        __builtin_mul_overflow(elements, mien_dtype_size(tensor->tensor.dtype), &bytes) ||
        bytes != tensor->tensor.bytes) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "tensor '%.200s': its %zu bytes do not match its type and shape",
                         tensor->name, tensor->tensor.bytes);
    }
    return MIEN_OK;
}

static int compare_names(const void *a, const void *b) {
    const mien_named_tensor *left = *(const mien_named_tensor *const *)a;
    const mien_named_tensor *right = *(const mien_named_tensor *const *)b;
    return strcmp(left->name, right->name);
}

// Sorts, and fails when a name is there twice.
static mien_status put_in_order(const mien_named_tensor **order, size_t count, mien_error *error) {
    qsort(order, count, sizeof *order, compare_names);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(order[i - 1]->name, order[i]->name) == 0) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "tensor '%.200s' is there twice",
                             order[i]->name);
        }
    }
    qsort(order, count, sizeof *order, compare_order);
    return MIEN_OK;
}

static bool add_metadata(yyjson_mut_doc *json, yyjson_mut_val *root, const char *const *metadata) {
    if (!metadata || !metadata[0]) {
        return true;
    }
    yyjson_mut_val *object = yyjson_mut_obj_add_obj(json, root, "__metadata__");
    bool added = object != NULL;
    for (; added && metadata[0] && metadata[1]; metadata += 2) {
        added = yyjson_mut_obj_add_str(json, object, metadata[0], metadata[1]);
    }
    return added;
}

static bool add_tensor(yyjson_mut_doc *json, yyjson_mut_val *root, const mien_named_tensor *tensor,
                       uint64_t begin) {
    yyjson_mut_val *entry = yyjson_mut_obj_add_obj(json, root, tensor->name);
    if (!entry ||
        !yyjson_mut_obj_add_str(json, entry, "dtype", format_name(tensor->tensor.dtype))) {
        return false;
    }
    yyjson_mut_val *shape = yyjson_mut_obj_add_arr(json, entry, "shape");
    for (uint32_t i = 0; shape && i < tensor->tensor.shape.rank; i++) {
        if (!yyjson_mut_arr_add_uint(json, shape, tensor->tensor.shape.dim[i])) {
            return false;
        }
    }
    yyjson_mut_val *offsets = yyjson_mut_obj_add_arr(json, entry, "data_offsets");
    return shape && offsets && yyjson_mut_arr_add_uint(json, offsets, begin) &&
           yyjson_mut_arr_add_uint(json, offsets, begin + tensor->tensor.bytes);
}

// The header's JSON, the caller's to free, padded with spaces so that the data start at a multiple
// of 8.
static mien_status make_header(const mien_named_tensor *const *order, size_t count,
                               const char *const *metadata, char **header, size_t *length,
                               mien_error *error) {
    mien_status status = MIEN_OK;
    char *text = NULL;
    yyjson_mut_doc *json = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = json ? yyjson_mut_obj(json) : NULL;
    bool added = root && add_metadata(json, root, metadata);
    uint64_t begin = 0;
    for (size_t i = 0; added && i < count; i++) {
        added = add_tensor(json, root, order[i], begin);
        begin += order[i]->tensor.bytes;
    }
    if (!added) {
        status = mien_fail_memory(error, "a safetensors header");
        goto done;
    }
    yyjson_mut_doc_set_root(json, root);
    yyjson_write_err fault;
    text = yyjson_mut_write_opts(json, YYJSON_WRITE_NOFLAG, NULL, length, &fault);
    if (!text && fault.code != YYJSON_WRITE_ERROR_MEMORY_ALLOCATION) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT, "names cannot be written as JSON: %s",
                           fault.msg);
        goto done;
    }
    size_t padded = text ? (*length + 7) / 8 * 8 : 0;
    char *grown = text ? realloc(text, padded + 1) : NULL;
    if (!grown) {
        free(text);
        status = mien_fail_memory(error, "a safetensors header");
        goto done;
    }
    memset(grown + *length, ' ', padded - *length);
    *length = padded;
    *header = grown;
done:
    yyjson_mut_doc_free(json);
    return status;
}

static bool write_all(FILE *file, const mien_named_tensor *const *order, size_t count,
                      const char *header, size_t length) {
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++) {
        prefix[i] = (uint8_t)((uint64_t)length >> (8 * i));
    }
    bool written = fwrite(prefix, 1, sizeof prefix, file) == sizeof prefix &&
                   fwrite(header, 1, length, file) == length;
    for (size_t i = 0; written && i < count; i++) {
        const mien_tensor *tensor = &order[i]->tensor;
        written =
            tensor->bytes == 0 || fwrite(tensor->data, 1, tensor->bytes, file) == tensor->bytes;
    }
    return written && fflush(file) == 0 && fsync(fileno(file)) == 0;
}

// Opens a new file beside `path`, whose name is the caller's to free after success. Not with
// mkstemp, which makes files that nobody else may read.
static mien_status create_beside(const char *path, char **name, int *file, mien_error *error) {
    static atomic_uint calls;
    size_t capacity = strlen(path) + 48;
    *name = malloc(capacity);
    if (!*name) {
        return mien_fail_memory(error, "a file name");
    }
    do {
        snprintf(*name, capacity, "%s.%ld-%u.part", path, (long)getpid(),
                 atomic_fetch_add(&calls, 1));
        *file = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (*file < 0 && errno == EEXIST);
    if (*file < 0) {
        mien_status status =
            mien_fail(error, MIEN_IO, "cannot create '%s': %s", *name, strerror(errno));
        free(*name);
        return status;
    }
    return MIEN_OK;
}

static mien_status write_file(const char *path, const mien_named_tensor *const *order, size_t count,
                              const char *header, size_t length, mien_error *error) {
    char *temporary;
    int descriptor;
    mien_status status = create_beside(path, &temporary, &descriptor, error);
    if (status != MIEN_OK) {
        return status;
    }
    FILE *file = fdopen(descriptor, "wb");
    bool written = file && write_all(file, order, count, header, length);
    int cause = errno;
    if ((file ? fclose(file) : close(descriptor)) != 0 && written) {
        cause = errno;
        written = false;
    }
    if (written && rename(temporary, path) != 0) {
        cause = errno;
        written = false;
    }
    if (!written) {
        unlink(temporary);
        status = cause == ENOMEM
                     ? mien_fail_memory(error, "a file's buffer")
                     : mien_fail(error, MIEN_IO, "cannot write '%s': %s", path, strerror(cause));
    }
    free(temporary);
    return status;
}

mien_status mien_weights_write(const char *path, const mien_named_tensor *tensors, size_t count,
                               const char *const *metadata, mien_error *error) {
    mien_status status = MIEN_OK;
    char *header = NULL;
    size_t length;
    const mien_named_tensor **order = calloc(count + 1, sizeof *order);
    if (!order) {
        return mien_fail_memory(error, "a table of tensors");
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = &tensors[i];
        status = check_tensor(&tensors[i], error);
        if (status != MIEN_OK) {
            goto done;
        }
    }
    status = put_in_order(order, count, error);
    if (status == MIEN_OK) {
        status = make_header(order, count, metadata, &header, &length, error);
    }
    if (status == MIEN_OK) {
        status = write_file(path, order, count, header, length, error);
    }
done:
    free(header);
    free(order);
    return status;
}
