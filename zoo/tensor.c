// SPDX-License-Identifier: Apache-2.0
#include "mien/tensor.h"

#include <stdio.h>
#include <string.h>

static const struct {
    size_t size;
    const char *name;
} dtypes[] = {
    [MIEN_F32] = {4, "f32"}, [MIEN_F16] = {2, "f16"}, [MIEN_I8] = {1, "i8"},
    [MIEN_U8] = {1, "u8"},   [MIEN_I32] = {4, "i32"}, [MIEN_I64] = {8, "i64"},
};

static bool known(mien_dtype dtype) {
    return (size_t)dtype < sizeof dtypes / sizeof *dtypes;
}

size_t mien_dtype_size(mien_dtype dtype) {
    return known(dtype) ? dtypes[dtype].size : 0;
}

const char *mien_dtype_name(mien_dtype dtype) {
    return known(dtype) ? dtypes[dtype].name : "?";
}

bool mien_shape_elements(const mien_shape *shape, size_t *elements) {
    if (shape->rank > MIEN_MAX_RANK) {
        return false;
    }
    size_t product = 1;
    for (uint32_t i = 0; i < shape->rank; i++) {
        if (__builtin_mul_overflow(product, shape->dim[i], &product)) {
            return false;
        }
    }
    *elements = product;
    return true;
}

bool mien_shape_equal(const mien_shape *a, const mien_shape *b) {
    if (a->rank != b->rank || a->rank > MIEN_MAX_RANK) {
        return false;
    }
    for (uint32_t i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) {
            return false;
        }
    }
    return true;
}

const char *mien_shape_format(const mien_shape *shape, char text[MIEN_SHAPE_TEXT]) {
    size_t used = 0;
    text[used++] = '[';
    for (uint32_t i = 0; i < shape->rank && i < MIEN_MAX_RANK; i++) {
        used += (size_t)snprintf(text + used, MIEN_SHAPE_TEXT - used, "%s%zu", i ? ", " : "",
                                 shape->dim[i]);
    }
    text[used++] = ']';
    text[used] = '\0';
    return text;
}

static float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t mantissa = half & 0x3ffu;
    uint32_t bits;
    if (exponent == 0x1f) {
        bits = sign | 0x7f800000u | mantissa << 13;
    } else if (exponent) {
        bits = sign | (exponent + 112) << 23 | mantissa << 13;
    } else {
        float value = (float)mantissa * 0x1p-24f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint16_t float_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    bits &= 0x7fffffffu;
    if (bits > 0x7f800000u) {
        return (uint16_t)(sign | 0x7e00u);
    }
    if (bits >= 0x477ff000u) { // rounds to 65536 or more
        return (uint16_t)(sign | 0x7c00u);
    }
    if (bits < 0x38800000u) { // subnormal half: let the float unit round the mantissa
        float magnitude;
        memcpy(&magnitude, &bits, sizeof magnitude);
        magnitude += 0.5f;
        memcpy(&bits, &magnitude, sizeof bits);
        return (uint16_t)(sign | (bits - 0x3f000000u));
    }
    uint32_t odd = bits >> 13 & 1u;
    return (uint16_t)(sign | (bits - 0x38000000u + 0xfffu + odd) >> 13);
}

void mien_f16_to_f32(const uint16_t *source, float *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        target[i] = half_to_float(source[i]);
    }
}

void mien_f32_to_f16(const float *source, uint16_t *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        target[i] = float_to_half(source[i]);
    }
}
