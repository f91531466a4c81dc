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

/// `rows` rows from `first`, times one panel.
INLINE void block(const mien_product *p, size_t first, size_t panel, const int rows) {
    size_t column = panel * PANEL;
    const float *packed = p->packed + column * p->runs * p->length;
    const float *a[BLOCK_ROWS];
    vector total[BLOCK_ROWS][2], bias[2] = {{0}, {0}};
    if (p->bias) {
        bias[0] = load(p->bias + column);
        bias[1] = load(p->bias + column + LANES);
    }
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) {
        total[row][0] = bias[0];
        total[row][1] = bias[1];
    }
    for (size_t run = 0; run < p->runs; run++) {
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) {
            size_t index = first + (size_t)row;
            a[row] =
                p->rows ? p->rows[run * p->row_stride + index] : p->input + index * p->input_stride;
        }
        panel_product(a, packed, p->length, total, rows);
        packed += p->length * PANEL;
    }
    size_t columns = p->columns - column;
#pragma GCC unroll 8
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

#define BLOCK(rows)                                                                                \
    static void block_of_##rows(const mien_product *p, size_t first, size_t panel) {               \
        block(p, first, panel, rows);                                                              \
    }
BLOCK(1)
BLOCK(2)
BLOCK(3)
BLOCK(4)
BLOCK(5)
BLOCK(6)
#if BLOCK_ROWS == 8
BLOCK(7)
BLOCK(8)
#endif

static void (*const blocks[BLOCK_ROWS])(const mien_product *, size_t, size_t) = {
    block_of_1, block_of_2, block_of_3, block_of_4, block_of_5, block_of_6,
#if BLOCK_ROWS == 8
    block_of_7, block_of_8,
#endif
};

static void product(const mien_product *p) {
    // Blocks of nearly equal size: a block of one row costs as much as one of four.
    size_t count = (p->count + BLOCK_ROWS - 1) / BLOCK_ROWS;
    // Panel by panel, so that the right side, which may be large, is read once; the left side is
    // read again for each panel, from a near cache if the caller made it small enough.
    for (size_t panel = 0; panel * PANEL < p->columns; panel++) {
        size_t first = 0;
        for (size_t i = 0; i < count; i++) {
            size_t rows = (p->count - first + count - i - 1) / (count - i);
            blocks[rows - 1](p, first, panel);
            first += rows;
        }
    }
}

const mien_product_kernels ISA(product) = {
    .panel = PANEL,
    .block = BLOCK_ROWS,
    .product = product,
};
