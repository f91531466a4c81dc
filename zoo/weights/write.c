// SPDX-License-Identifier: Apache-2.0
#include "zoo/replace.h"
#include "zoo/weights/weights.h"

#include <stdlib.h>
#include <string.h>

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

typedef struct layout {
    const mien_named_tensor *const *order;
    size_t count;
    const char *header;
    size_t length;
} layout;

static bool write_layout(FILE *file, const void *content) {
    const layout *all = content;
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++) {
        prefix[i] = (uint8_t)((uint64_t)all->length >> (8 * i));
    }
    bool written = fwrite(prefix, 1, sizeof prefix, file) == sizeof prefix &&
                   fwrite(all->header, 1, all->length, file) == all->length;
    for (size_t i = 0; written && i < all->count; i++) {
        const mien_tensor *tensor = &all->order[i]->tensor;
        written =
            tensor->bytes == 0 || fwrite(tensor->data, 1, tensor->bytes, file) == tensor->bytes;
    }
    return written;
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
        const layout all = {order, count, header, length};
        status = mien_replace_file(path, write_layout, &all, error);
        mien_error_context(error, status, "%s", path);
    }
done:
    free(header);
    free(order);
    return status;
}
