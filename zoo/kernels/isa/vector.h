// SPDX-License-Identifier: Apache-2.0
/// @file
/// Vectors of floats as wide as the instruction set has them, by the compilers' vector extensions.
#ifndef MIEN_KERNELS_ISA_VECTOR_H
#define MIEN_KERNELS_ISA_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(4 * LANES)));
typedef int32_t integers __attribute__((vector_size(4 * LANES)));
typedef float unaligned_vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vector load(const float *x) {
    return *(const unaligned_vector *)x;
}

INLINE void store(float *y, vector value) {
    *(unaligned_vector *)y = value;
}

/// The first `count` (less than LANES) numbers, zeros behind them.
INLINE vector load_part(const float *x, size_t count) {
    vector value = {0};
    memcpy(&value, x, count * sizeof *x);
    return value;
}

INLINE void store_part(float *y, vector value, size_t count) {
    memcpy(y, &value, count * sizeof *y);
}

INLINE vector splat(float x) {
    return x - (vector){0}; // one broadcast; exact for −0 as well
}

INLINE vector larger(vector a, vector b) {
    vector value;
    for (int i = 0; i < LANES; i++) {
        value[i] = a[i] > b[i] ? a[i] : b[i];
    }
    return value;
}

INLINE vector smaller(vector a, vector b) {
    vector value;
    for (int i = 0; i < LANES; i++) {
        value[i] = a[i] < b[i] ? a[i] : b[i];
    }
    return value;
}

INLINE vector clamp(vector x, vector low, vector high) {
    return smaller(larger(x, low), high);
}

INLINE float sum(vector x) {
    float part[LANES];
    store(part, x);
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            part[i] += part[i + width];
        }
    }
    return part[0];
}

INLINE float largest(vector x) {
    float part[LANES];
    store(part, x);
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            part[i] = part[i] > part[i + width] ? part[i] : part[i + width];
        }
    }
    return part[0];
}

/// e^x within 1.5 units in the last place for −87.3 ≤ x ≤ 88.3; beyond, as at the bound. The
/// polynomial is Cephes' expf.
INLINE vector exponential(vector x) {
    x = clamp(x, splat(-87.3f), splat(88.3f));
    // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits.
    const float rounder = 12582912.0f;
    vector shifted = x * 1.44269504f + rounder;
    vector whole = shifted - rounder;
    // ln 2 in two parts, the first short enough for an exact product.
    vector part = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    vector power = splat(1.9875691500e-4f);
    power = power * part + 1.3981999507e-3f;
    power = power * part + 8.3334519073e-3f;
    power = power * part + 4.1665795894e-2f;
    power = power * part + 1.6666665459e-1f;
    power = power * part + 5.0000001201e-1f;
    power = power * part * part + part + 1.0f;
    integers exponent = ((integers)shifted) << 23;
    return (vector)((integers)power + exponent);
}

/// Beyond ± this, the Gaussian distribution function is 0 or 1 in single precision.
#define GAUSSIAN_BOUND 5.4f

/// The Gaussian distribution function Φ(x), within 1e-7.
INLINE vector gaussian_distribution(vector x) {
    // Φ(x) = ½ + x·P(x²)/Q(x²), fitted by least squares reweighted towards the least largest error
    // (5.5e-9) up to the bound.
    vector inside = clamp(x, splat(-GAUSSIAN_BOUND), splat(GAUSSIAN_BOUND));
    vector square = inside * inside;
    vector p = square * 2.3386728997820683e-08f + 6.3600273279007524e-06f;
    p = p * square + 1.6432220581918955e-04f;
    p = p * square + 4.650854505598545e-03f;
    p = p * square + 3.337227553129196e-02f;
    p = p * square + 3.98942232131958e-01f;
    vector q = square * 1.2165913858552813e-06f + 7.240036939037964e-05f;
    q = q * square + 1.8589843530207872e-03f;
    q = q * square + 2.8378713876008987e-02f;
    q = q * square + 2.503179609775543e-01f;
    q = q * square + 1.0f;
    return inside * p / q + 0.5f;
}

/// x·Φ(x), within 1e-6 or two units in the last place.
INLINE vector gaussian_error_linear(vector x) {
    // Below the bound, what rounding leaves of Φ must not be multiplied by all of x.
    return larger(x, splat(-GAUSSIAN_BOUND)) * gaussian_distribution(x);
}

#endif
