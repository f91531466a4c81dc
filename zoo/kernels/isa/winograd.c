// SPDX-License-Identifier: Apache-2.0
// The interpolation points are 0, ±1, ±POINT and infinity for F(4×4,3×3), and 0, ±1 and infinity
// for F(2×2,3×3). Filters are transformed by zoo/xnn/winograd.c with the same points.
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/vector.h"

#define POINT 2.0f

/// Bᵀ of F(4,3): six numbers, `step` apart, in and out.
INLINE void input_six(const vector in[6], vector out[6]) {
    const float square = POINT * POINT;
    vector even = in[4] - in[2], odd = in[3] - in[1];
    vector even_one = in[4] - square * in[2], odd_one = in[3] - square * in[1];
    out[0] = even + square * (in[0] - in[2]);
    out[1] = even_one + odd_one;
    out[2] = even_one - odd_one;
    out[3] = even + POINT * odd;
    out[4] = even - POINT * odd;
    out[5] = (in[5] - in[3]) - square * odd;
}

/// Aᵀ of F(4,3).
INLINE void output_six(const vector in[6], vector out[4]) {
    const float square = POINT * POINT;
    vector even = in[1] + in[2], odd = in[1] - in[2];
    vector even_far = in[3] + in[4], odd_far = in[3] - in[4];
    out[0] = in[0] + even + even_far;
    out[1] = odd + POINT * odd_far;
    out[2] = even + square * even_far;
    out[3] = (odd + in[5]) + square * POINT * odd_far;
}

/// Bᵀ of F(2,3).
INLINE void input_four(const vector in[4], vector out[4]) {
    out[0] = in[0] - in[2];
    out[1] = in[1] + in[2];
    out[2] = in[2] - in[1];
    out[3] = in[1] - in[3];
}

/// Aᵀ of F(2,3).
INLINE void output_four(const vector in[4], vector out[2]) {
    out[0] = in[0] + in[1] + in[2];
    out[1] = in[1] - in[2] - in[3];
}

INLINE void input_tile(const float *const *pixels, size_t channels, float *target,
                       size_t position_stride, const int side,
                       void (*const transform)(const vector *, vector *)) {
    for (size_t c = 0; c < channels; c += LANES) {
        vector half[MIEN_WINOGRAD_MAX_SIDE][MIEN_WINOGRAD_MAX_SIDE];
        for (int column = 0; column < side; column++) {
            vector in[MIEN_WINOGRAD_MAX_SIDE];
            for (int row = 0; row < side; row++) {
                in[row] = load(pixels[row * side + column] + c);
            }
            transform(in, half[column]);
        }
        for (int row = 0; row < side; row++) {
            vector in[MIEN_WINOGRAD_MAX_SIDE], out[MIEN_WINOGRAD_MAX_SIDE];
            for (int column = 0; column < side; column++) {
                in[column] = half[column][row];
            }
            transform(in, out);
            for (int column = 0; column < side; column++) {
                store(target + (size_t)(row * side + column) * position_stride + c, out[column]);
            }
        }
    }
}

INLINE void output_pixel(const mien_winograd_output *tile, size_t offset, size_t c, vector value) {
    value += load(tile->bias + c);
    if (tile->residual) {
        value += load(tile->residual + offset + c);
    }
    value = clamp(value, splat(tile->low), splat(tile->high));
    if (c + LANES <= tile->channels) {
        store(tile->target + offset + c, value);
    } else {
        store_part(tile->target + offset + c, value, tile->channels - c);
    }
}

INLINE void output_tile(const mien_winograd_output *tile, const int size,
                        void (*const transform)(const vector *, vector *)) {
    const int side = size + 2;
    for (size_t c = 0; c < tile->channels; c += LANES) {
        vector half[MIEN_WINOGRAD_MAX_SIDE][MIEN_WINOGRAD_MAX_TILE];
        for (int row = 0; row < side; row++) {
            vector in[MIEN_WINOGRAD_MAX_SIDE];
            for (int column = 0; column < side; column++) {
                size_t position = (size_t)(row * side + column);
                in[column] = load(tile->products + position * tile->position_stride + c);
            }
            transform(in, half[row]);
        }
        for (int column = 0; column < size && (size_t)column < tile->columns; column++) {
            vector in[MIEN_WINOGRAD_MAX_SIDE], out[MIEN_WINOGRAD_MAX_TILE];
            for (int row = 0; row < side; row++) {
                in[row] = half[row][column];
            }
            transform(in, out);
            for (int row = 0; row < size && (size_t)row < tile->rows; row++) {
                size_t offset = (size_t)row * tile->row_stride + (size_t)column * tile->channels;
                output_pixel(tile, offset, c, out[row]);
            }
        }
    }
}

static void input_tile2(const float *const *pixels, size_t channels, float *target,
                        size_t position_stride) {
    input_tile(pixels, channels, target, position_stride, 4, input_four);
}

static void output_tile2(const mien_winograd_output *tile) {
    output_tile(tile, 2, output_four);
}

static void input_tile4(const float *const *pixels, size_t channels, float *target,
                        size_t position_stride) {
    input_tile(pixels, channels, target, position_stride, 6, input_six);
}

static void output_tile4(const mien_winograd_output *tile) {
    output_tile(tile, 4, output_six);
}

static void filter(const float *taps, const double coefficients[9], float *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double value = 0;
        for (size_t tap = 0; tap < 9; tap++) {
            value += coefficients[tap] * taps[tap * count + i];
        }
        target[i] = (float)value;
    }
}

const mien_winograd_kernels ISA(winograd) = {
    .tile2 = {input_tile2, output_tile2},
    .tile4 = {input_tile4, output_tile4},
    .filter = filter,
};
