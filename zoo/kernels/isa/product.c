// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/isa/product.h"

#include "zoo/kernels/isa/isa.h"

INLINE void finish_vector(const mien_product *p, size_t offset, size_t columns, vector value) {
    if (p->residual) {
        value +=
            columns < LANES ? load_part(p->residual + offset, columns) : load(p->residual + offset);
    }
    if (p->clamps) {
        value = clamp(value, splat(p->low), splat(p->high));
    }
    if (columns < LANES) {
        store_part(p->output + offset, value, columns);
    } else {
        store(p->output + offset, value);
    }
}

INLINE void finish(const mien_product *p, size_t first, size_t column, vector total[BLOCK_ROWS][2],
                   const int rows) {
    size_t columns = p->columns - column;
#pragma GCC unroll 12
    for (int row = 0; row < rows; row++) {
        size_t offset = (first + (size_t)row) * p->output_stride + column;
        finish_vector(p, offset, columns, total[row][0]);
        if (columns > LANES) {
            finish_vector(p, offset + LANES, columns - LANES, total[row][1]);
        }
    }
    for (int row = 0; row < rows && p->gelu; row++) {
        float *output = p->output + (first + (size_t)row) * p->output_stride + column;
        ISA(gelu)(output, output, columns < PANEL ? columns : PANEL);
    }
}

/// `rows` rows from `first`, times the panel that starts at `column`.
INLINE void block(const mien_product *p, size_t first, size_t column, ahead fetch, const int rows) {
    const float *packed = p->packed + column * p->runs * p->length;
    const float *a[BLOCK_ROWS];
    vector total[BLOCK_ROWS][2], bias[2] = {{0}, {0}};
    if (p->bias) {
        bias[0] = load(p->bias + column);
        bias[1] = load(p->bias + column + LANES);
    }
#pragma GCC unroll 12
    for (int row = 0; row < rows; row++) {
        total[row][0] = bias[0];
        total[row][1] = bias[1];
    }
    for (size_t run = 0; run < p->runs; run++) {
#pragma GCC unroll 12
        for (int row = 0; row < rows; row++) {
            size_t index = first + (size_t)row;
            a[row] =
                p->rows ? p->rows[run * p->row_stride + index] : p->input + index * p->input_stride;
        }
        panel_product(a, packed, p->length, &fetch, total, rows);
        packed += p->length * PANEL;
    }
    finish(p, first, column, total, rows);
}

#define BLOCK(rows)                                                                                \
    static void block_of_##rows(const mien_product *p, size_t first, size_t column, ahead fetch) { \
        block(p, first, column, fetch, rows);                                                      \
    }
EACH_BLOCK(BLOCK)

#define BLOCK_NAME(rows) block_of_##rows,
static void (*const blocks[BLOCK_ROWS])(const mien_product *, size_t, size_t,
                                        ahead) = {EACH_BLOCK(BLOCK_NAME)};

static void product(const mien_product *p) {
    size_t depth = p->runs * p->length, count = (p->count + BLOCK_ROWS - 1) / BLOCK_ROWS;
    // Panel by panel, so that the right side, which may be large, is read once; the left side is
    // read again for each panel, from a near cache if the caller made it small enough.
    for (size_t column = 0; column < p->columns; column += PANEL) {
        size_t first = 0;
        for (size_t i = 0; i < count; i++) {
            size_t rows = rows_of_block(p->count - first, count - i);
            blocks[rows - 1](p, first, column,
                             ahead_of(p->packed + column * depth, depth, i, count));
            first += rows;
        }
    }
}

const mien_product_kernels ISA(product) = {
    .panel = PANEL,
    .block = BLOCK_ROWS,
    .product = product,
};
