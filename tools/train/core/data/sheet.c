// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/data/sheet.h"
#include "host/cli/text.h"
#include "host/paper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MARGIN = 28,
    GAP = 16,
    TILE = 144, // a picture's longer side
    BARS = 3,   // the largest parts of a target
    BAR_ROW = 17,
    BAR_HEIGHT = 4,
    NUMBER_WIDTH = 42,
    MOST_COLUMNS = 12,
    LABEL_SPACE = 6, // between a picture and what is written below it
};
static const double least_part = 0.005; // smaller ones would read "0 %"

static const mien_ink paper = {1, 1, 1}, text_ink = {0.12, 0.14, 0.19},
                      soft_ink = {0.42, 0.45, 0.52}, top_ink = {0.16, 0.42, 0.80},
                      bar_ink = {0.68, 0.77, 0.91}, track_ink = {0.94, 0.95, 0.97};

/// Where everything goes.
typedef struct {
    size_t rows, columns;
    uint32_t wide, tall; // of a picture
    double step_x, step_y;
} layout;

static layout plan(const mien_batch_sheet *sheet) {
    const mien_input_spec *input = sheet->input;
    uint32_t longer = input->width > input->height ? input->width : input->height;
    double scale = (double)TILE / longer;
    layout planned = {.rows = sheet->rows < MIEN_BATCH_SHEET_MOST_ROWS
                                  ? sheet->rows
                                  : MIEN_BATCH_SHEET_MOST_ROWS};
    planned.wide = (uint32_t)fmax(1, round(input->width * scale));
    planned.tall = (uint32_t)fmax(1, round(input->height * scale));
    size_t columns = (size_t)ceil(sqrt((double)planned.rows * 1.5));
    planned.columns = columns > MOST_COLUMNS ? MOST_COLUMNS : columns;
    planned.step_x = TILE + GAP; // bars need their width even below a narrow picture
    planned.step_y = planned.tall + LABEL_SPACE + BARS * BAR_ROW + GAP;
    return planned;
}

static uint8_t to_byte(float number, float mean, float std) {
    float value = roundf((number * std + mean) * 255);
    return (uint8_t)(value > 255 ? 255 : value > 0 ? value : 0);
}

/// A row's numbers as a picture again, at the size it is drawn.
static mien_status picture_of(const mien_batch_sheet *sheet, size_t row, const layout *where,
                              mien_image *picture, mien_error *error) {
    const mien_input_spec *input = sheet->input;
    size_t count = (size_t)input->height * input->width * input->channels;
    mien_image small = {
        .height = input->height, .width = input->width, .channels = input->channels};
    small.pixels = malloc(count);
    if (!small.pixels) {
        return mien_fail_memory(error, "a contact sheet");
    }
    const float *numbers = sheet->batch->pictures + row * count;
    for (size_t i = 0; i < count; i++) {
        size_t c = i % input->channels;
        size_t to = input->color == MIEN_BGR ? i - c + 2 - c : i;
        small.pixels[to] = to_byte(numbers[i], input->mean[c], input->std[c]);
    }
    mien_status status = mien_image_resize(&small, where->wide, where->tall, picture, error);
    mien_image_free(&small);
    return status;
}

static size_t largest_below(const float *target, size_t count, const size_t *taken, size_t used) {
    size_t best = count;
    for (size_t c = 0; c < count; c++) {
        bool free_one = true;
        for (size_t i = 0; i < used; i++) {
            free_one = free_one && taken[i] != c;
        }
        if (free_one && (best == count || target[c] > target[best])) {
            best = c;
        }
    }
    return best;
}

static mien_status draw_bar(cairo_t *page, const char *name, double part, bool first, double x,
                            double y, mien_error *error) {
    char *clean = mien_text_clean(name, false), percent[32];
    if (!clean) {
        return mien_fail_memory(error, "a contact sheet");
    }
    snprintf(percent, sizeof percent, "%.0f %%", 100 * part);
    mien_paper_font(page, 11, first);
    mien_paper_use(page, first ? text_ink : soft_ink);
    mien_paper_text(page, clean, x, y + 10, TILE - NUMBER_WIDTH - 4);
    mien_paper_text(page, percent, x + TILE - mien_paper_advance(page, percent), y + 10,
                    NUMBER_WIDTH);
    free(clean);
    mien_paper_use(page, track_ink);
    cairo_rectangle(page, x, y + 12, TILE, BAR_HEIGHT);
    cairo_fill(page);
    mien_paper_use(page, first ? top_ink : bar_ink);
    cairo_rectangle(page, x, y + 12, TILE * fmin(fmax(part, 0), 1), BAR_HEIGHT);
    cairo_fill(page);
    return MIEN_OK;
}

static mien_status draw_row(cairo_t *page, const mien_batch_sheet *sheet, size_t row,
                            const layout *where, mien_error *error) {
    double x = MARGIN + (double)(row % where->columns) * where->step_x;
    size_t line = row / where->columns;
    double y = MARGIN + (double)line * where->step_y;
    mien_image picture = {0};
    mien_status status = picture_of(sheet, row, where, &picture, error);
    if (status != MIEN_OK) {
        return status;
    }
    cairo_surface_t *surface = mien_paper_picture(&picture);
    cairo_set_source_surface(page, surface, x, y);
    cairo_paint(page);
    cairo_surface_destroy(surface);
    mien_image_free(&picture);

    const float *target = sheet->batch->targets + row * sheet->class_count;
    size_t taken[BARS];
    for (size_t i = 0; i < BARS && i < sheet->class_count && status == MIEN_OK; i++) {
        taken[i] = largest_below(target, sheet->class_count, taken, i);
        double part = (double)target[taken[i]];
        if (part >= least_part) {
            status = draw_bar(page, sheet->classes[taken[i]], part, i == 0, x,
                              y + where->tall + LABEL_SPACE + (double)(i * BAR_ROW), error);
        }
    }
    return status;
}

mien_status mien_batch_sheet_write(const mien_batch_sheet *sheet, const char *path,
                                   mien_error *error) {
    const layout where = plan(sheet);
    size_t lines = (where.rows + where.columns - 1) / where.columns;
    cairo_t *page = mien_paper_open(2 * MARGIN + (double)where.columns * where.step_x - GAP,
                                    2 * MARGIN + (double)lines * where.step_y - GAP, paper);
    for (size_t row = 0; row < where.rows; row++) {
        mien_status status = draw_row(page, sheet, row, &where, error);
        if (status != MIEN_OK) {
            mien_paper_discard(page);
            return status;
        }
    }
    return mien_paper_write(page, path, error);
}
