// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/tfjs_weight.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static mien_status parse_shape(yyjson_val *value, mien_tfjs_weight *weight, mien_error *error) {
    if (!yyjson_is_arr(value) || yyjson_arr_size(value) > MIEN_MAX_RANK) {
        return mien_fail(error, MIEN_BAD_INPUT, "'shape' is no list of at most %d sizes",
                         MIEN_MAX_RANK);
    }
    weight->shape.rank = (uint32_t)yyjson_arr_size(value);
    size_t index, count;
    yyjson_val *item;
    yyjson_arr_foreach(value, index, count, item) {
        if (!yyjson_is_uint(item) || yyjson_get_uint(item) > SIZE_MAX) {
            return mien_fail(error, MIEN_BAD_INPUT, "size %zu in 'shape' is no whole number",
                             index);
        }
        weight->shape.dim[index] = (size_t)yyjson_get_uint(item);
    }
    if (!mien_shape_elements(&weight->shape, &weight->elements)) {
        return mien_fail(error, MIEN_BAD_INPUT, "the shape's product overflows");
    }
    return MIEN_OK;
}

static mien_status parse_dtype(yyjson_val *value, mien_dtype *dtype, mien_error *error) {
    static const struct {
        const char *name;
        mien_dtype dtype;
    } known[] = {{"float32", MIEN_F32}, {"int32", MIEN_I32}, {"bool", MIEN_U8}};
    const char *name = yyjson_get_str(value);
    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) {
            *dtype = known[i].dtype;
            return MIEN_OK;
        }
    }
    return mien_fail(error, MIEN_BAD_INPUT,
                     "type '%.32s' is not supported; float32, int32 and bool are",
                     name ? name : "(none)");
}

static mien_status parse_affine(yyjson_val *value, mien_tfjs_weight *weight, mien_error *error) {
    yyjson_val *scale = yyjson_obj_get(value, "scale"), *minimum = yyjson_obj_get(value, "min");
    weight->scale = yyjson_get_num(scale);
    weight->minimum = yyjson_get_num(minimum);
    double steps = weight->stored == MIEN_TFJS_UINT8 ? 255 : 65535;
    double limit = weight->dtype == MIEN_I32 ? INT32_MAX : (double)FLT_MAX;
    if (!yyjson_is_num(scale) || !yyjson_is_num(minimum) ||
        !(fabs(weight->minimum) <= limit &&
          fabs(weight->minimum + weight->scale * steps) <= limit)) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "'quantization' needs numbers 'scale' and 'min' within its type's range");
    }
    return MIEN_OK;
}

static mien_status parse_quantization(yyjson_val *value, mien_tfjs_weight *weight,
                                      mien_error *error) {
    weight->stored = MIEN_TFJS_PLAIN;
    if (!value) {
        return MIEN_OK;
    }
    const char *name = yyjson_get_str(yyjson_obj_get(value, "dtype"));
    if (name && strcmp(name, "float16") == 0 && weight->dtype == MIEN_F32) {
        weight->stored = MIEN_TFJS_FLOAT16;
        weight->dtype = MIEN_F16;
        return MIEN_OK;
    }
    if (name && strcmp(name, "uint8") == 0 && weight->dtype != MIEN_U8) {
        weight->stored = MIEN_TFJS_UINT8;
        return parse_affine(value, weight, error);
    }
    if (name && strcmp(name, "uint16") == 0 && weight->dtype != MIEN_U8) {
        weight->stored = MIEN_TFJS_UINT16;
        return parse_affine(value, weight, error);
    }
    return mien_fail(error, MIEN_BAD_INPUT,
                     "quantisation '%.32s' is not supported for its type; uint8, uint16 and, of "
                     "float32, float16 are",
                     name ? name : "(none)");
}

static size_t stored_size(const mien_tfjs_weight *weight) {
    switch (weight->stored) {
    case MIEN_TFJS_UINT8:
        return 1;
    case MIEN_TFJS_UINT16:
    case MIEN_TFJS_FLOAT16:
        return 2;
    case MIEN_TFJS_PLAIN:
        break;
    }
    return mien_dtype_size(weight->dtype);
}

mien_status mien_tfjs_weight_parse(yyjson_val *entry, size_t index, mien_tfjs_weight *weight,
                                   mien_error *error) {
    yyjson_val *name = yyjson_obj_get(entry, "name");
    weight->name = yyjson_get_str(name);
    if (!weight->name || strlen(weight->name) != yyjson_get_len(name)) {
        return mien_fail(error, MIEN_BAD_INPUT, "weight %zu of a group has no name", index);
    }
    mien_status status = parse_shape(yyjson_obj_get(entry, "shape"), weight, error);
    if (status == MIEN_OK) {
        status = parse_dtype(yyjson_obj_get(entry, "dtype"), &weight->dtype, error);
    }
    if (status == MIEN_OK) {
        status = parse_quantization(yyjson_obj_get(entry, "quantization"), weight, error);
    }
    size_t decoded;
    if (status == MIEN_OK &&
        (__builtin_mul_overflow(weight->elements, stored_size(weight), &weight->stored_bytes) ||
         __builtin_mul_overflow(weight->elements, mien_dtype_size(weight->dtype), &decoded))) {
        status = mien_fail(error, MIEN_BAD_INPUT, "the shape's product overflows");
    }
    return mien_error_context(error, status, "weight '%.200s'", weight->name);
}

static double stored_number(const mien_tfjs_weight *weight, const uint8_t *bytes, size_t index) {
    if (weight->stored == MIEN_TFJS_UINT8) {
        return bytes[index];
    }
    uint16_t number;
    memcpy(&number, bytes + 2 * index, sizeof number);
    return number;
}

static void multiply_out(const mien_tfjs_weight *weight, const uint8_t *bytes, void *target) {
    float *floats = target;
    int32_t *integers = target;
    for (size_t i = 0; i < weight->elements; i++) {
        double value = stored_number(weight, bytes, i) * weight->scale + weight->minimum;
        if (weight->dtype == MIEN_I32) {
            integers[i] = (int32_t)floor(value + 0.5); // as JavaScript's Math.round
        } else {
            floats[i] = (float)value;
        }
    }
}

mien_status mien_tfjs_weight_decode(const mien_tfjs_weight *weight, const uint8_t *bytes,
                                    mien_import_set *set, mien_error *error) {
    mien_tensor tensor = {.dtype = weight->dtype,
                          .shape = weight->shape,
                          .bytes = weight->elements * mien_dtype_size(weight->dtype)};
    void *numbers = malloc(tensor.bytes ? tensor.bytes : 1);
    if (!numbers) {
        return mien_fail_memory(error, "a weight");
    }
    if (weight->stored == MIEN_TFJS_UINT8 || weight->stored == MIEN_TFJS_UINT16) {
        multiply_out(weight, bytes, numbers);
    } else if (tensor.bytes) {
        memcpy(numbers, bytes, tensor.bytes);
    }
    tensor.data = numbers;
    return mien_import_set_add(set, weight->name, &tensor, numbers, error);
}
