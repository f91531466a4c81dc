// SPDX-License-Identifier: Apache-2.0
// The safetensors container: 8 bytes, little-endian, with the length of a JSON header; the header;
// then the tensors' bytes without holes. https://huggingface.co/docs/safetensors
#include "zoo/weights/weights.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 8,
    MAX_HEADER_BYTES = 100000000, // the format's own limit
};

typedef struct span {
    uint64_t begin, end;
    const char *name;
} span;

static const struct {
    const char *name;
    mien_dtype dtype;
} dtypes[] = {{"F32", MIEN_F32}, {"F16", MIEN_F16}, {"I8", MIEN_I8},
              {"U8", MIEN_U8},   {"I32", MIEN_I32}, {"I64", MIEN_I64}};

static mien_status read_dtype(yyjson_val *value, mien_dtype *dtype, mien_error *error) {
    const char *name = yyjson_get_str(value);
    if (!name) {
        return mien_fail(error, MIEN_BAD_INPUT, "'dtype' is no text");
    }
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(name, dtypes[i].name) == 0) {
            *dtype = dtypes[i].dtype;
            return MIEN_OK;
        }
    }
    return mien_fail(error, MIEN_BAD_INPUT,
                     "type '%.32s' is not supported; F32, F16, I8, U8, I32 and I64 are", name);
}

static mien_status read_shape(yyjson_val *value, mien_shape *shape, mien_error *error) {
    if (!yyjson_is_arr(value) || yyjson_arr_size(value) > MIEN_MAX_RANK) {
        return mien_fail(error, MIEN_BAD_INPUT, "'shape' is no list of at most %d sizes",
                         MIEN_MAX_RANK);
    }
    shape->rank = (uint32_t)yyjson_arr_size(value);
    size_t index, count;
    yyjson_val *item;
    yyjson_arr_foreach(value, index, count, item) {
        uint64_t size = yyjson_get_uint(item);
        if (!yyjson_is_uint(item) || size > SIZE_MAX) {
            return mien_fail(error, MIEN_BAD_INPUT, "size %zu in 'shape' is no whole number",
                             index);
        }
        shape->dim[index] = (size_t)size;
    }
    return MIEN_OK;
}

static mien_status read_offsets(yyjson_val *value, uint64_t data_bytes, span *range,
                                mien_error *error) {
    yyjson_val *begin = yyjson_arr_get(value, 0), *end = yyjson_arr_get(value, 1);
    if (yyjson_arr_size(value) != 2 || !yyjson_is_uint(begin) || !yyjson_is_uint(end)) {
        return mien_fail(error, MIEN_BAD_INPUT, "'data_offsets' is no pair of whole numbers");
    }
    range->begin = yyjson_get_uint(begin);
    range->end = yyjson_get_uint(end);
    if (range->begin > range->end || range->end > data_bytes) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "bytes %" PRIu64 " to %" PRIu64 " do not lie within the file's %" PRIu64
                         " data bytes",
                         range->begin, range->end, data_bytes);
    }
    return MIEN_OK;
}

static mien_status read_tensor(yyjson_val *value, const mien_weights *weights, mien_tensor *tensor,
                               span *range, mien_error *error) {
    yyjson_val *dtype = yyjson_obj_get(value, "dtype");
    yyjson_val *shape = yyjson_obj_get(value, "shape");
    yyjson_val *offsets = yyjson_obj_get(value, "data_offsets");
    if (!dtype || !shape || !offsets || yyjson_obj_size(value) != 3) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "needs exactly 'dtype', 'shape' and 'data_offsets'");
    }
    mien_status status = read_dtype(dtype, &tensor->dtype, error);
    if (status == MIEN_OK) {
        status = read_shape(shape, &tensor->shape, error);
    }
    if (status == MIEN_OK) {
        status = read_offsets(offsets, weights->data_bytes, range, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    size_t elements, bytes;
    if (!mien_shape_elements(&tensor->shape, &elements) ||
        __builtin_mul_overflow(elements, mien_dtype_size(tensor->dtype), &bytes)) {
        return mien_fail(error, MIEN_BAD_INPUT, "the shape's product overflows");
    }
    if (bytes != range->end - range->begin) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s of %s take %zu bytes, but its offsets span %" PRIu64,
                         mien_shape_format(&tensor->shape, text), mien_dtype_name(tensor->dtype),
                         bytes, range->end - range->begin);
    }
    tensor->data = weights->data + range->begin;
    tensor->bytes = bytes;
    return MIEN_OK;
}

static mien_status check_metadata(yyjson_val *metadata, mien_error *error) {
    if (!yyjson_is_obj(metadata)) {
        return mien_fail(error, MIEN_BAD_INPUT, "'__metadata__' is no object");
    }
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach(metadata, index, count, key, value) {
        if (!yyjson_is_str(value)) {
            return mien_fail(error, MIEN_BAD_INPUT, "'__metadata__': '%.80s' is no text",
                             yyjson_get_str(key));
        }
    }
    return MIEN_OK;
}

static int compare_begin(const void *a, const void *b) {
    const span *left = a, *right = b;
    if (left->begin != right->begin) {
        return left->begin < right->begin ? -1 : 1;
    }
    return (left->end > right->end) - (left->end < right->end);
}

static mien_status check_layout(span *spans, const mien_weights *weights, mien_error *error) {
    uint64_t end = 0;
    const char *before = NULL;
    if (weights->count) {
        qsort(spans, weights->count, sizeof *spans, compare_begin);
    }
    for (size_t i = 0; i < weights->count; i++) {
        if (spans[i].begin < end) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "tensors '%.200s' and '%.200s' overlap at data byte %" PRIu64, before,
                             spans[i].name, spans[i].begin);
        }
        if (spans[i].begin > end) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "data bytes %" PRIu64 " to %" PRIu64
                             ", before tensor '%.200s', belong to no tensor",
                             end, spans[i].begin, spans[i].name);
        }
        end = spans[i].end;
        before = spans[i].name;
    }
    if (end != weights->data_bytes) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "the file's last %" PRIu64 " bytes belong to no tensor",
                         weights->data_bytes - end);
    }
    return MIEN_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const mien_named_tensor *)a)->name, ((const mien_named_tensor *)b)->name);
}

static mien_status sort_names(mien_weights *weights, mien_error *error) {
    if (weights->count) {
        qsort(weights->tensors, weights->count, sizeof *weights->tensors, compare_names);
    }
    for (size_t i = 1; i < weights->count; i++) {
        if (strcmp(weights->tensors[i - 1].name, weights->tensors[i].name) == 0) {
            return mien_fail(error, MIEN_BAD_INPUT, "tensor '%.200s' is there twice",
                             weights->tensors[i].name);
        }
    }
    return MIEN_OK;
}

// Files written without padding leave tensors at odd addresses; those are copied.
static mien_status align_tensors(mien_weights *weights, mien_error *error) {
    for (size_t i = 0; i < weights->count; i++) {
        mien_tensor *tensor = &weights->tensors[i].tensor;
        if (tensor->bytes == 0 || (uintptr_t)tensor->data % mien_dtype_size(tensor->dtype) == 0) {
            continue;
        }
        if (!weights->copies) {
            weights->copies = calloc(weights->count, sizeof *weights->copies);
        }
        void *copy = weights->copies ? malloc(tensor->bytes) : NULL;
        if (!copy) {
            return mien_fail_memory(error, "a misaligned tensor's copy");
        }
        weights->copies[weights->copy_count++] = copy;
        memcpy(copy, tensor->data, tensor->bytes);
        tensor->data = copy;
    }
    return MIEN_OK;
}

static mien_status read_name(yyjson_val *key, const char **name, mien_error *error) {
    *name = yyjson_get_str(key);
    if (strlen(*name) != yyjson_get_len(key)) {
        return mien_fail(error, MIEN_BAD_INPUT, "a name holds a NUL character after '%.80s'",
                         *name);
    }
    return MIEN_OK;
}

// Fills weights->tensors and `spans`, which both have room for every member of `root`.
static mien_status read_members(yyjson_val *root, mien_weights *weights, span *spans,
                                mien_error *error) {
    bool metadata = false;
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach(root, index, count, key, value) {
        const char *name;
        mien_status status = read_name(key, &name, error);
        if (status == MIEN_OK && strcmp(name, "__metadata__") == 0) {
            if (metadata) {
                return mien_fail(error, MIEN_BAD_INPUT, "'__metadata__' is there twice");
            }
            metadata = true;
            status = check_metadata(value, error);
        } else if (status == MIEN_OK) {
            mien_named_tensor *tensor = &weights->tensors[weights->count];
            tensor->name = spans[weights->count].name = name;
            status = read_tensor(value, weights, &tensor->tensor, &spans[weights->count], error);
            status = mien_error_context(error, status, "tensor '%.200s'", name);
            weights->count++;
        }
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

static mien_status read_header(mien_weights *weights, const char *text, size_t length,
                               mien_error *error) {
    yyjson_read_err fault;
    weights->header = yyjson_read_opts((char *)text, length, YYJSON_READ_NOFLAG, NULL, &fault);
    if (!weights->header && fault.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        return mien_fail_memory(error, "a safetensors header");
    }
    if (!weights->header) {
        return mien_fail(error, MIEN_BAD_INPUT, "the header is no JSON: %s at byte %zu", fault.msg,
                         LENGTH_BYTES + fault.pos);
    }
    if (!yyjson_is_obj(yyjson_doc_get_root(weights->header))) {
        return mien_fail(error, MIEN_BAD_INPUT, "the header is no JSON object");
    }
    return MIEN_OK;
}

// Sets data and data_bytes, and gives the header's length.
static mien_status find_parts(mien_weights *weights, size_t *header_bytes, mien_error *error) {
    if (weights->size < LENGTH_BYTES) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%zu bytes are too short for a safetensors file, which starts with an "
                         "8-byte header length",
                         weights->size);
    }
    uint64_t length = 0;
    for (int i = LENGTH_BYTES; i-- > 0;) {
        length = length << 8 | weights->bytes[i];
    }
    if (length > MAX_HEADER_BYTES) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "no safetensors file: its header would take %" PRIu64
                         " bytes, over the limit of %d",
                         length, MAX_HEADER_BYTES);
    }
    if (length > weights->size - LENGTH_BYTES) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "truncated: the header takes %" PRIu64 " bytes, but only %zu follow",
                         length, weights->size - LENGTH_BYTES);
    }
    *header_bytes = (size_t)length;
    weights->data = weights->bytes + LENGTH_BYTES + length;
    weights->data_bytes = weights->size - LENGTH_BYTES - (size_t)length;
    return MIEN_OK;
}

mien_status mien_safetensors_parse(mien_weights *weights, mien_error *error) {
    size_t header_bytes;
    mien_status status = find_parts(weights, &header_bytes, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = read_header(weights, (const char *)weights->bytes + LENGTH_BYTES, header_bytes, error);
    if (status != MIEN_OK) {
        return status;
    }
    yyjson_val *root = yyjson_doc_get_root(weights->header);
    size_t members = yyjson_obj_size(root);
    weights->tensors = calloc(members + 1, sizeof *weights->tensors);
    span *spans = calloc(members + 1, sizeof *spans);
    if (!weights->tensors || !spans) {
        status = mien_fail_memory(error, "a table of tensors");
        goto done;
    }
    status = read_members(root, weights, spans, error);
    if (status == MIEN_OK) {
        status = sort_names(weights, error);
    }
    if (status == MIEN_OK) {
        status = check_layout(spans, weights, error);
    }
    if (status == MIEN_OK) {
        status = align_tensors(weights, error);
    }
done:
    free(spans);
    return status;
}
