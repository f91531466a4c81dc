// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/transform.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t elements_of(const mien_tensor *tensor) {
    return tensor->bytes / mien_dtype_size(tensor->dtype);
}

static mien_status allocate(mien_tensor *result, size_t elements, void **owned, mien_error *error) {
    if (__builtin_mul_overflow(elements, mien_dtype_size(result->dtype), &result->bytes)) {
        return mien_fail(error, MIEN_BAD_INPUT, "the shape's product overflows");
    }
    *owned = malloc(result->bytes ? result->bytes : 1);
    result->data = *owned;
    return *owned ? MIEN_OK : mien_fail_memory(error, "a tensor");
}

// Copies element by element; `stride[i]` is how far, in elements, the source moves along the
// result's dimension i.
static void gather(const mien_tensor *source, const mien_shape *shape, const size_t *stride,
                   uint8_t *target) {
    size_t size = mien_dtype_size(source->dtype), elements = elements_of(source), at = 0;
    size_t position[MIEN_MAX_RANK] = {0};
    for (size_t i = 0; i < elements; i++) {
        memcpy(target + i * size, (const uint8_t *)source->data + at * size, size);
        for (uint32_t axis = shape->rank; axis-- > 0;) {
            at += stride[axis];
            if (++position[axis] < shape->dim[axis]) {
                break;
            }
            at -= position[axis] * stride[axis];
            position[axis] = 0;
        }
    }
}

mien_status mien_transform_permute(const mien_tensor *source, const uint32_t *order, uint32_t count,
                                   mien_tensor *result, void **owned, mien_error *error) {
    uint32_t rank = source->shape.rank;
    if (count && count != rank) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "'permute' lists %u dimensions, but the tensor has %u", count, rank);
    }
    *result = *source;
    size_t source_stride[MIEN_MAX_RANK], stride[MIEN_MAX_RANK], step = 1;
    for (uint32_t i = rank; i-- > 0;) {
        source_stride[i] = step;
        step *= source->shape.dim[i];
    }
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t from = count ? order[i] : i;
        result->shape.dim[i] = source->shape.dim[from];
        stride[i] = source_stride[from];
    }
    mien_status status = allocate(result, elements_of(source), owned, error);
    if (status == MIEN_OK) {
        gather(source, &result->shape, stride, *owned);
    }
    return status;
}

mien_status mien_transform_reshape(mien_tensor *tensor, const int64_t *sizes, uint32_t count,
                                   mien_error *error) {
    mien_shape shape = {.rank = count};
    size_t known = 1, elements = elements_of(tensor);
    int rest = -1;
    for (uint32_t i = 0; i < count; i++) {
        if (sizes[i] < 0) {
            rest = (int)i;
        } else if (__builtin_mul_overflow(known, (size_t)sizes[i], &known)) {
            return mien_fail(error, MIEN_BAD_INPUT, "the product of 'reshape' overflows");
        }
        shape.dim[i] = (size_t)sizes[i];
    }
    if (rest >= 0 && known && elements % known == 0) {
        shape.dim[rest] = elements / known;
        known = elements;
    }
    if (known != elements) {
        char text[MIEN_SHAPE_TEXT];
        return mien_fail(error, MIEN_BAD_INPUT,
                         "'reshape' does not fit the %zu elements of a tensor %s", elements,
                         mien_shape_format(&tensor->shape, text));
    }
    tensor->shape = shape;
    return MIEN_OK;
}

mien_status mien_transform_fill(const mien_tensor *like, double value, mien_tensor *result,
                                void **owned, mien_error *error) {
    *result = *like;
    result->dtype = MIEN_F32;
    size_t elements = elements_of(like);
    mien_status status = allocate(result, elements, owned, error);
    if (status == MIEN_OK) {
        float *numbers = *owned;
        for (size_t i = 0; i < elements; i++) {
            numbers[i] = (float)value;
        }
    }
    return status;
}

static mien_status check_range(const float *numbers, size_t count, mien_error *error) {
    static const float largest = 65504; // of binary16
    for (size_t i = 0; i < count; i++) {
        if (isfinite(numbers[i]) && fabsf(numbers[i]) > largest) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "element %zu is %g, too large for f16; keep it in f32", i,
                             (double)numbers[i]);
        }
    }
    return MIEN_OK;
}

mien_status mien_transform_float(const mien_tensor *source, mien_dtype dtype, mien_tensor *result,
                                 void **owned, mien_error *error) {
    size_t elements = elements_of(source);
    if (dtype == MIEN_F16) {
        mien_status status = check_range(source->data, elements, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    *result = *source;
    result->dtype = dtype;
    mien_status status = allocate(result, elements, owned, error);
    if (status == MIEN_OK && dtype == MIEN_F16) {
        mien_f32_to_f16(source->data, *owned, elements);
    } else if (status == MIEN_OK) {
        mien_f16_to_f32(source->data, *owned, elements);
    }
    return status;
}
