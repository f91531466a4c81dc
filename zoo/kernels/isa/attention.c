// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/isa/isa.h"
#include "zoo/kernels/isa/product.h"
#include "zoo/kernels/isa/vector.h"
#include "zoo/kernels/isa/weigh.h"

#include <math.h>

static size_t panels(size_t count) {
    return (count + PANEL - 1) / PANEL;
}

static size_t keys_size(size_t tokens, size_t width) {
    return panels(tokens) * PANEL * width;
}

static size_t values_size(size_t tokens, size_t width) {
    return panels(width) * PANEL * tokens;
}

static size_t scratch(size_t tokens, size_t width) {
    return keys_size(tokens, width) + values_size(tokens, width) +
           BLOCK_ROWS * panels(tokens) * PANEL;
}

static void pack(const float *keys, const float *values, size_t stride, size_t tokens, size_t width,
                 float *scratch) {
    for (size_t token = 0; token < panels(tokens) * PANEL; token++) {
        float *column = scratch + token / PANEL * PANEL * width + token % PANEL;
        for (size_t i = 0; i < width; i++) {
            column[i * PANEL] = token < tokens ? keys[token * stride + i] : 0.0f;
        }
    }
    float *packed = scratch + keys_size(tokens, width);
    for (size_t first = 0; first < width; first += PANEL) {
        size_t part = width - first < PANEL ? width - first : PANEL;
        for (size_t token = 0; token < tokens; token++, packed += PANEL) {
            memcpy(packed, values + token * stride + first, part * sizeof *packed);
            memset(packed + part, 0, (PANEL - part) * sizeof *packed);
        }
    }
}

/// One block of `rows` queries.
INLINE void attend_block(const float *queries, size_t stride, size_t tokens, size_t width,
                         float scale, float *scratch, float *output, size_t output_stride,
                         const int rows) {
    const float *keys = scratch, *values = scratch + keys_size(tokens, width);
    float *scores = scratch + keys_size(tokens, width) + values_size(tokens, width);
    size_t padded = panels(tokens) * PANEL;
    const float *rows_of_queries[BLOCK_ROWS], *rows_of_scores[BLOCK_ROWS];
    for (int row = 0; row < rows; row++) {
        rows_of_queries[row] = queries + (size_t)row * stride;
        rows_of_scores[row] = scores + (size_t)row * padded;
    }
    for (size_t token = 0; token < padded; token += PANEL) {
        vector total[BLOCK_ROWS][2] = {{{0}}};
        ahead near = {keys + token * width, 0}; // keys and values are in a near cache
        panel_product(rows_of_queries, keys + token * width, width, &near, total, rows);
        for (int row = 0; row < rows; row++) {
            store(scores + (size_t)row * padded + token, total[row][0]);
            store(scores + (size_t)row * padded + token + LANES, total[row][1]);
        }
    }
    float inverse[BLOCK_ROWS];
    for (int row = 0; row < rows; row++) {
        inverse[row] = 1.0f / weigh(scores + (size_t)row * padded, tokens, padded, scale);
    }
    for (size_t first = 0; first < width; first += PANEL) {
        vector total[BLOCK_ROWS][2] = {{{0}}};
        ahead near = {values + first * tokens, 0};
        panel_product(rows_of_scores, values + first * tokens, tokens, &near, total, rows);
        for (int row = 0; row < rows; row++) {
            float *target = output + (size_t)row * output_stride + first, result[PANEL];
            store(result, total[row][0] * inverse[row]);
            store(result + LANES, total[row][1] * inverse[row]);
            size_t part = width - first < PANEL ? width - first : PANEL;
            memcpy(target, result, part * sizeof *result);
        }
    }
}

#define ATTEND(rows)                                                                               \
    static void attend_##rows(const float *queries, size_t stride, size_t tokens, size_t width,    \
                              float scale, float *scratch, float *output, size_t output_stride) {  \
        attend_block(queries, stride, tokens, width, scale, scratch, output, output_stride, rows); \
    }
EACH_BLOCK(ATTEND)

#define ATTEND_NAME(rows) attend_##rows,
static void (*const attend_rows[BLOCK_ROWS])(const float *, size_t, size_t, size_t, float, float *,
                                             float *, size_t) = {EACH_BLOCK(ATTEND_NAME)};

static void attend(const float *queries, size_t stride, size_t count, size_t tokens, size_t width,
                   float scale, float *scratch, float *output, size_t output_stride) {
    for (size_t blocks = (count + BLOCK_ROWS - 1) / BLOCK_ROWS; blocks > 0; blocks--) {
        size_t rows = rows_of_block(count, blocks);
        attend_rows[rows - 1](queries, stride, tokens, width, scale, scratch, output,
                              output_stride);
        queries += rows * stride;
        output += rows * output_stride;
        count -= rows;
    }
}

const mien_attention_kernels ISA(attention) = {
    .scratch = scratch,
    .pack = pack,
    .attend = attend,
};
