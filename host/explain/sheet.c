// SPDX-License-Identifier: Apache-2.0
#include "host/explain/sheet.h"

#include "host/cli/text.h"
#include "host/explain/heat.h"
#include "host/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 160, TROUBLE = 480 };

struct mien_sheet_cell {
    mien_image image;
    char title[TEXT], answer[TEXT], method[TEXT], trouble[TROUBLE];
    bool is_picture, visible;
    double peak;
};

enum {
    MARGIN = 32,
    SIDE = 288, // of a picture's box
    GAP = 28,
    TEXT_HEIGHT = 66, // above the box
    BAR_HEIGHT = 12,
    FOOT_HEIGHT = 44, // below the box
    ROW_GAP = 28,     // between a row's feet and the next one's titles
    LINE = 20,
    TROUBLE_LINE = 17,
    TROUBLE_LINES = 7, // more is cut
};

static const mien_ink paper = {1, 1, 1}, text_ink = {0.12, 0.14, 0.19},
                      soft_ink = {0.42, 0.45, 0.52}, trouble_ink = {0.72, 0.16, 0.12};

static mien_status copy_text(const char *text, char *target, size_t size, mien_error *error) {
    char *clean = mien_text_clean(text ? text : "", false);
    if (!clean) {
        return mien_fail_memory(error, "a drawing");
    }
    snprintf(target, size, "%.*s", (int)(strlen(clean) < size ? strlen(clean) : size - 1), clean);
    free(clean);
    return MIEN_OK;
}

static mien_status add_cell(mien_sheet *sheet, mien_sheet_cell *cell, mien_error *error) {
    mien_sheet_cell *cells = realloc(sheet->cells, (sheet->count + 1) * sizeof *cells);
    if (!cells) {
        mien_image_free(&cell->image);
        return mien_fail_memory(error, "a drawing");
    }
    sheet->cells = cells;
    cells[sheet->count++] = *cell;
    return MIEN_OK;
}

mien_status mien_sheet_add_picture(mien_sheet *sheet, const mien_image *picture, const char *title,
                                   mien_error *error) {
    mien_sheet_cell cell = {.is_picture = true};
    if (sheet->columns == 0 && sheet->count) {
        sheet->columns = sheet->count;
    }
    mien_status status = copy_text(title, cell.title, TEXT, error);
    if (status == MIEN_OK) {
        snprintf(cell.answer, TEXT, "%u×%u", picture->width, picture->height);
        status = mien_heat_picture(picture, SIDE, &cell.image, error);
    }
    return status == MIEN_OK ? add_cell(sheet, &cell, error) : status;
}

mien_status mien_sheet_add_answer(mien_sheet *sheet, const mien_image *picture,
                                  const mien_sheet_answer *answer, mien_error *error) {
    mien_sheet_cell cell = {0};
    const mien_explanation *explanation = answer->explanation;
    const char *trouble = answer->trouble;
    if (explanation) {
        cell.visible = mien_explanation_visible(explanation, &trouble);
        cell.peak = (double)explanation->peak;
    }
    mien_status status = copy_text(answer->title, cell.title, TEXT, error);
    if (status == MIEN_OK) {
        status = copy_text(answer->answer, cell.answer, TEXT, error);
    }
    if (status == MIEN_OK) {
        status = copy_text(answer->method, cell.method, TEXT, error);
    }
    if (status == MIEN_OK) {
        status = copy_text(trouble, cell.trouble, TROUBLE, error);
    }
    if (status == MIEN_OK) {
        status = mien_heat_overlay(picture, explanation, answer->input, SIDE, &cell.image, error);
    }
    return status == MIEN_OK ? add_cell(sheet, &cell, error) : status;
}

void mien_sheet_clear(mien_sheet *sheet) {
    for (size_t i = 0; i < sheet->count; i++) {
        mien_image_free(&sheet->cells[i].image);
    }
    free(sheet->cells);
    *sheet = (mien_sheet){0};
}

static void draw_bar(cairo_t *page, double x, double y) {
    for (int i = 0; i < SIDE; i++) {
        double rgb[3];
        mien_heat((double)i / (SIDE - 1), rgb);
        mien_paper_use(page, (mien_ink){rgb[0], rgb[1], rgb[2]});
        cairo_rectangle(page, x + i, y, 1, BAR_HEIGHT);
        cairo_fill(page);
    }
}

static void draw_right(cairo_t *page, const char *text, double right, double y) {
    double width = mien_paper_advance(page, text);
    mien_paper_text(page, text, right - width, y, width + 1);
}

/// The largest peak of a column, so that a weak map beside a strong one of the same model is told.
static double column_peak(const mien_sheet *sheet, size_t columns, size_t column) {
    double most = 0;
    for (size_t i = column; i < sheet->count; i += columns) {
        most = sheet->cells[i].peak > most ? sheet->cells[i].peak : most;
    }
    return most;
}

static size_t break_trouble(cairo_t *page, const mien_sheet_cell *cell,
                            mien_paper_line lines[TROUBLE_LINES]) {
    mien_paper_font(page, 13, false);
    return mien_paper_break(page, cell->trouble, SIDE, TROUBLE_LINES, lines);
}

static void draw_trouble(cairo_t *page, const mien_sheet_cell *cell, double x, double y) {
    char text[TROUBLE];
    mien_paper_line lines[TROUBLE_LINES];
    const size_t count = break_trouble(page, cell, lines);
    mien_paper_use(page, trouble_ink);
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%.*s", (int)lines[i].length, lines[i].start);
        mien_paper_text(page, text, x, y + 14 + (double)i * TROUBLE_LINE, SIDE);
    }
}

/// What stands below the boxes, at its highest.
static double foot_height(const mien_sheet *sheet) {
    size_t most = 0;
    cairo_t *page = mien_paper_open(1, 1, paper); // only to measure
    for (size_t i = 0; i < sheet->count; i++) {
        mien_paper_line lines[TROUBLE_LINES];
        const size_t count = break_trouble(page, &sheet->cells[i], lines);
        most = count > most ? count : most;
    }
    mien_paper_discard(page);
    const double trouble = 14 + (double)most * TROUBLE_LINE;
    return trouble > FOOT_HEIGHT ? trouble : FOOT_HEIGHT;
}

static void draw_foot(cairo_t *page, const mien_sheet_cell *cell, double strongest, bool several,
                      double x, double y) {
    char text[TEXT];
    if (!cell->visible) {
        draw_trouble(page, cell, x, y);
        return;
    }
    mien_paper_font(page, 13, false);
    draw_bar(page, x, y);
    mien_paper_use(page, soft_ink);
    mien_paper_text(page, "0", x, y + BAR_HEIGHT + 16, SIDE);
    snprintf(text, sizeof text, "%.3g", cell->peak);
    draw_right(page, text, x + SIDE, y + BAR_HEIGHT + 16);
    if (several) {
        snprintf(text, sizeof text, "%.0f %% of its strongest", 100 * cell->peak / strongest);
        mien_paper_text(page, text, x + 60, y + BAR_HEIGHT + 16, SIDE - 120);
    }
}

static void draw_cell(cairo_t *page, const mien_sheet_cell *cell, double strongest, bool several,
                      double x, double y) {
    mien_paper_font(page, 16, true);
    mien_paper_use(page, text_ink);
    mien_paper_text(page, cell->title, x, y + 14, SIDE);
    mien_paper_font(page, 14, false);
    mien_paper_text(page, cell->answer, x, y + 14 + LINE, SIDE);
    mien_paper_font(page, 13, false);
    mien_paper_use(page, soft_ink);
    mien_paper_text(page, cell->method, x, y + 14 + 2 * LINE, SIDE);
    double top = y + TEXT_HEIGHT;
    cairo_surface_t *surface = mien_paper_picture(&cell->image);
    cairo_set_source_surface(page, surface, x + (SIDE - cell->image.width) / 2,
                             top + (SIDE - cell->image.height) / 2);
    cairo_paint(page);
    cairo_surface_destroy(surface);
    if (!cell->is_picture) {
        draw_foot(page, cell, strongest, several, x, top + SIDE + 8);
    }
}

mien_status mien_sheet_write(const mien_sheet *sheet, const char *path, mien_error *error) {
    size_t columns = sheet->columns ? sheet->columns : sheet->count;
    size_t rows = (sheet->count + columns - 1) / columns;
    const double wide = SIDE + GAP, tall = TEXT_HEIGHT + SIDE + foot_height(sheet) + ROW_GAP;
    cairo_t *page = mien_paper_open(2 * MARGIN + (double)columns * wide - GAP,
                                    2 * MARGIN + (double)rows * tall - ROW_GAP, paper);
    for (size_t i = 0; i < sheet->count; i++) {
        double strongest = column_peak(sheet, columns, i % columns);
        draw_cell(page, &sheet->cells[i], strongest, rows > 1,
                  MARGIN + (double)(i % columns) * wide, MARGIN + (double)(i / columns) * tall);
    }
    return mien_paper_write(page, path, error);
}
