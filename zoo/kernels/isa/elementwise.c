// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/vector.h"

void ISA(add)(const float *a, const float *b, float *y, size_t count, float low, float high) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, clamp(load(a + i) + load(b + i), splat(low), splat(high)));
    }
    if (i < count) {
        vector value = load_part(a + i, count - i) + load_part(b + i, count - i);
        store_part(y + i, clamp(value, splat(low), splat(high)), count - i);
    }
}

void ISA(multiply)(const float *a, const float *b, float *y, size_t count, float low, float high) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, clamp(load(a + i) * load(b + i), splat(low), splat(high)));
    }
    if (i < count) {
        vector value = load_part(a + i, count - i) * load_part(b + i, count - i);
        store_part(y + i, clamp(value, splat(low), splat(high)), count - i);
    }
}

void ISA(multiply_channels)(const float *x, const float *gate, float *y, size_t rows,
                            size_t channels, float low, float high) {
    for (size_t row = 0; row < rows; row++) {
        ISA(multiply)(x + row * channels, gate, y + row * channels, channels, low, high);
    }
}

void ISA(scale_shift)(const float *x, const float *scale, const float *shift, float *y, size_t rows,
                      size_t channels, float low, float high) {
    for (size_t row = 0; row < rows; row++, x += channels, y += channels) {
        size_t c = 0;
        for (; c + LANES <= channels; c += LANES) {
            vector value = load(x + c) * load(scale + c) + load(shift + c);
            store(y + c, clamp(value, splat(low), splat(high)));
        }
        if (c < channels) {
            size_t rest = channels - c;
            vector value =
                load_part(x + c, rest) * load_part(scale + c, rest) + load_part(shift + c, rest);
            store_part(y + c, clamp(value, splat(low), splat(high)), rest);
        }
    }
}

INLINE vector silu_of(vector x) {
    return x / (1.0f + exponential(-x));
}

void ISA(silu)(const float *x, float *y, size_t count, float low, float high) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, clamp(silu_of(load(x + i)), splat(low), splat(high)));
    }
    if (i < count) {
        vector value = silu_of(load_part(x + i, count - i));
        store_part(y + i, clamp(value, splat(low), splat(high)), count - i);
    }
}

void ISA(gelu)(const float *x, float *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, gaussian_error_linear(load(x + i)));
    }
    if (i < count) {
        store_part(y + i, gaussian_error_linear(load_part(x + i, count - i)), count - i);
    }
}

void ISA(f16_to_f32)(const uint16_t *restrict x, float *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t sign = (uint32_t)(x[i] & 0x8000) << 16;
        uint32_t bits = (uint32_t)(x[i] & 0x7fff) << 13;
        // Exponents are 112 apart; infinities and NaNs go from one end of the scale to the other,
        // and a subnormal is what is left of 2⁻¹⁴ + subnormal when 2⁻¹⁴ is taken away.
        uint32_t normal = bits + (bits >= 0x0f800000 ? 0x70000000u : 0x38000000u);
        union {
            uint32_t bits;
            float number;
        } small = {.bits = bits + 0x38800000u}, result;
        small.number -= 6.103515625e-5f;
        result.bits = sign | (bits < 0x00800000 ? small.bits : normal);
        y[i] = result.number;
    }
}
