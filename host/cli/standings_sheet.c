// SPDX-License-Identifier: Apache-2.0
// `mien compare --sheet`: the pictures that models contradict each other on, to look at.
#include "host/cli/standings.h"

#include "host/cli/text.h"
#include "host/paper.h"

#include <stdlib.h>

enum {
    MARGIN = 32,
    HEADING_HEIGHT = 64,
    COLUMNS = 4,
    CELL_WIDTH = 300,
    GAP = 24,
    SIDE = 180, // of the box a picture stands in
    LINE_HEIGHT = 22,
    CLASS_WIDTH = 130, // of an answer, at the right
};

static const mien_ink paper = {1, 1, 1}, text_ink = {0.12, 0.14, 0.19},
                      soft_ink = {0.42, 0.45, 0.52}, right_ink = {0.05, 0.45, 0.25},
                      wrong_ink = {0.72, 0.16, 0.14}, box_ink = {0.94, 0.95, 0.97};

/// Shows any text, made clean. Where memory is out, the page is and says so at its end.
static void put(cairo_t *page, const char *text, double x, double y, double width) {
    char *clean = mien_text_clean(text, false);
    if (clean) {
        mien_paper_text(page, clean, x, y, width);
    }
    free(clean);
}

static mien_status draw_picture(cairo_t *page, const char *path, double x, double y,
                                mien_error *error) {
    mien_image image = {0}, scaled = {0};
    mien_status status = mien_image_read(path, NULL, &image, error);
    if (status != MIEN_OK) {
        return status;
    }
    uint32_t longer = image.width > image.height ? image.width : image.height;
    double scale = (double)SIDE / longer;
    uint32_t width = (uint32_t)(image.width * scale + 0.5);
    uint32_t height = (uint32_t)(image.height * scale + 0.5);
    status = mien_image_resize(&image, width ? width : 1, height ? height : 1, &scaled, error);
    mien_image_free(&image);
    if (status != MIEN_OK) {
        return status;
    }
    cairo_surface_t *surface = mien_paper_picture(&scaled);
    mien_paper_use(page, box_ink);
    cairo_rectangle(page, x, y, SIDE, SIDE);
    cairo_fill(page);
    cairo_set_source_surface(page, surface, x + (SIDE - scaled.width) / 2.0,
                             y + (SIDE - scaled.height) / 2.0);
    cairo_paint(page);
    cairo_surface_destroy(surface);
    mien_image_free(&scaled);
    return MIEN_OK;
}

static void draw_answers(cairo_t *page, const mien_standings *standings, size_t index, double x,
                         double y) {
    const char *const *classes = standings->evaluation->classes;
    for (size_t i = 0; i < standings->count; i++, y += LINE_HEIGHT) {
        mien_answer answer = mien_standings_answer(standings, i, index);
        char said[128];
        snprintf(said, sizeof said, "%.80s %.1f %%", classes[answer.answer],
                 100 * answer.confidence);
        mien_paper_font(page, 13, false);
        mien_paper_use(page, soft_ink);
        put(page, mien_standings_row(standings, i)->name, x, y, CELL_WIDTH - CLASS_WIDTH - 10);
        mien_paper_font(page, 13, true);
        mien_paper_use(page, answer.answer == answer.label ? right_ink : wrong_ink);
        put(page, said, x + CELL_WIDTH - CLASS_WIDTH, y, CLASS_WIDTH);
    }
}

static mien_status draw_cell(cairo_t *page, const mien_standings *standings, size_t index, double x,
                             double y, mien_error *error) {
    const mien_evaluation *evaluation = standings->evaluation;
    size_t picture = evaluation->used[standings->disagreements[index].picture];
    mien_status status = draw_picture(page, evaluation->index.items[picture].path, x, y, error);
    mien_paper_font(page, 13, true);
    mien_paper_use(page, text_ink);
    put(page, evaluation->index.items[picture].name, x, y + SIDE + LINE_HEIGHT, CELL_WIDTH);
    draw_answers(page, standings, index, x, y + SIDE + 2 * LINE_HEIGHT);
    return status;
}

static void draw_heading(cairo_t *page, const mien_standings *standings, size_t shown,
                         double width) {
    char text[128];
    snprintf(text, sizeof text,
             "not of one mind on %zu of %zu pictures; the %zu surest contradictions",
             standings->disputed, standings->evaluation->used_count, shown);
    mien_paper_font(page, 18, true);
    mien_paper_use(page, text_ink);
    put(page, standings->evaluation->dataset, MARGIN, MARGIN + 16, width - 2 * MARGIN);
    mien_paper_font(page, 14, false);
    mien_paper_use(page, soft_ink);
    put(page, text, MARGIN, MARGIN + 40, width - 2 * MARGIN);
}

mien_status mien_standings_write_sheet(const mien_standings *standings, size_t shown,
                                       const char *path, mien_error *error) {
    size_t count = shown < standings->disputed ? shown : standings->disputed;
    size_t rows = (count + COLUMNS - 1) / COLUMNS;
    double cell_height = SIDE + LINE_HEIGHT * ((double)standings->count + 2);
    double width = 2 * MARGIN + COLUMNS * CELL_WIDTH + (COLUMNS - 1) * GAP;
    double height = 2 * MARGIN + HEADING_HEIGHT + (double)rows * (cell_height + GAP);
    cairo_t *page = mien_paper_open(width, height, paper);
    draw_heading(page, standings, count, width);
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        double x = MARGIN + (double)(i % COLUMNS) * (CELL_WIDTH + GAP);
        double y = MARGIN + HEADING_HEIGHT + (double)(i / COLUMNS) * (cell_height + GAP);
        status = draw_cell(page, standings, i, x, y, error);
    }
    if (status != MIEN_OK) {
        mien_paper_discard(page);
        return status;
    }
    return mien_paper_write(page, path, error);
}
