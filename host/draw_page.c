// SPDX-License-Identifier: Apache-2.0
// A drawing on paper.
#include "host/draw.h"

#include "host/paper.h"

#include <stdio.h>

enum {
    MARGIN = 40,
    PICTURE_SIDE = 560, // the picture's longer side
    MOST_ENLARGED = 8,
    PANEL_WIDTH = 520,
    TITLE_HEIGHT = 52,
    ROW_HEIGHT = 44,
    PANEL_GAP = 28,
    LABEL_WIDTH = 150,
    NUMBER_WIDTH = 90,
    BAR_HEIGHT = 22,
    MOST_ROWS = 32, // of a panel; a page of a thousand classes nobody reads
};
static const double widest = 2; // of a page, over its height

static const mien_ink paper = {1, 1, 1}, text_ink = {0.12, 0.14, 0.19},
                      soft_ink = {0.42, 0.45, 0.52}, top_ink = {0.16, 0.42, 0.80},
                      bar_ink = {0.68, 0.77, 0.91}, track_ink = {0.94, 0.95, 0.97},
                      frame_ink = {1.00, 0.69, 0.00};

static size_t panel_rows(const mien_drawing_panel *panel) {
    return panel->count < MOST_ROWS ? panel->count : MOST_ROWS;
}

static double panel_height(const mien_drawing_panel *panel) {
    return TITLE_HEIGHT + (double)panel_rows(panel) * ROW_HEIGHT;
}

static void draw_panel(cairo_t *page, const mien_drawing_panel *panel, double x, double y) {
    double bar_left = x + LABEL_WIDTH, bar_width = PANEL_WIDTH - LABEL_WIDTH - NUMBER_WIDTH;
    mien_paper_font(page, 20, true);
    mien_paper_use(page, text_ink);
    mien_paper_text(page, panel->title, x, y + 22, PANEL_WIDTH);
    for (size_t i = 0; i < panel_rows(panel); i++) {
        double top = y + TITLE_HEIGHT + (double)i * ROW_HEIGHT;
        double baseline = top + ROW_HEIGHT / 2.0 + 6;
        double bar_top = top + (ROW_HEIGHT - BAR_HEIGHT) / 2.0;
        char percent[32];
        mien_paper_font(page, 16, i == 0);
        mien_paper_use(page, i == 0 ? text_ink : soft_ink);
        mien_paper_text(page, panel->labels[i], x, baseline, LABEL_WIDTH - 14);
        snprintf(percent, sizeof percent, "%.1f %%", 100 * panel->shares[i]);
        mien_paper_text(page, percent, x + PANEL_WIDTH - mien_paper_advance(page, percent),
                        baseline, NUMBER_WIDTH);
        mien_paper_use(page, track_ink);
        cairo_rectangle(page, bar_left, bar_top, bar_width, BAR_HEIGHT);
        cairo_fill(page);
        mien_paper_use(page, i == 0 ? top_ink : bar_ink);
        cairo_rectangle(page, bar_left, bar_top, bar_width * panel->shares[i], BAR_HEIGHT);
        cairo_fill(page);
    }
}

static void draw_picture(cairo_t *page, const mien_drawing *drawing, const mien_image *scaled,
                         double scale, double x, double y) {
    cairo_surface_t *surface = mien_paper_picture(scaled);
    cairo_set_source_surface(page, surface, x, y);
    cairo_paint(page);
    cairo_surface_destroy(surface);
    if (drawing->crop) {
        const mien_rectangle *crop = drawing->crop;
        mien_paper_use(page, frame_ink);
        cairo_set_line_width(page, 3);
        cairo_rectangle(page, x + crop->x * scale, y + crop->y * scale, crop->width * scale,
                        crop->height * scale);
        cairo_stroke(page);
    }
}

/// Where everything goes: panels fill columns from the top.
typedef struct {
    double width, height;
    double column_limit;  ///< how high a column may get
    double column_height; ///< how high the highest is
} layout;

static layout plan_columns(const mien_drawing *drawing, const mien_image *scaled, double limit) {
    double used = 0, highest = 0;
    size_t columns = 1;
    for (size_t i = 0; i < drawing->count; i++) {
        double height = panel_height(&drawing->panels[i]);
        if (used > 0 && used + PANEL_GAP + height > limit) {
            columns++;
            used = 0;
        }
        used += (used > 0 ? PANEL_GAP : 0) + height;
        highest = used > highest ? used : highest;
    }
    double content = highest > scaled->height ? highest : scaled->height;
    return (layout){.width =
                        MARGIN + scaled->width + (double)columns * (MARGIN + PANEL_WIDTH) + MARGIN,
                    .height = MARGIN + content + MARGIN,
                    .column_limit = limit,
                    .column_height = highest};
}

/// Columns as high as the picture's box, or higher where that would make a ribbon.
static layout plan(const mien_drawing *drawing, const mien_image *scaled) {
    layout planned = plan_columns(drawing, scaled, PICTURE_SIDE);
    double most = MARGIN + PICTURE_SIDE + 2 * (MARGIN + PANEL_WIDTH) + MARGIN;
    while (planned.width > most && planned.width > widest * planned.height) {
        planned = plan_columns(drawing, scaled, planned.column_limit + ROW_HEIGHT);
    }
    return planned;
}

static void draw_panels(cairo_t *page, const mien_drawing *drawing, double limit, double x,
                        double y) {
    double used = 0;
    for (size_t i = 0; i < drawing->count; i++) {
        double height = panel_height(&drawing->panels[i]);
        if (used > 0 && used + PANEL_GAP + height > limit) {
            x += MARGIN + PANEL_WIDTH;
            used = 0;
        }
        used += used > 0 ? PANEL_GAP : 0;
        draw_panel(page, &drawing->panels[i], x, y + used);
        used += height;
    }
}

/// The picture at the size it is drawn; `*scale` is how much larger that is.
static mien_status scale_picture(const mien_image *picture, mien_image *scaled, double *scale,
                                 mien_error *error) {
    uint32_t longer = picture->width > picture->height ? picture->width : picture->height;
    *scale = (double)PICTURE_SIDE / longer;
    *scale = *scale > MOST_ENLARGED ? MOST_ENLARGED : *scale;
    uint32_t width = (uint32_t)(picture->width * *scale + 0.5);
    uint32_t height = (uint32_t)(picture->height * *scale + 0.5);
    return mien_image_resize(picture, width ? width : 1, height ? height : 1, scaled, error);
}

mien_status mien_drawing_write(const mien_drawing *drawing, const mien_image *picture,
                               const char *path, mien_error *error) {
    mien_image scaled = {0};
    double scale;
    mien_status status = scale_picture(picture, &scaled, &scale, error);
    if (status != MIEN_OK) {
        return status;
    }
    layout where = plan(drawing, &scaled);
    double content = where.height - 2 * MARGIN;
    cairo_t *page = mien_paper_open(where.width, where.height, paper);
    draw_picture(page, drawing, &scaled, scale, MARGIN, MARGIN + (content - scaled.height) / 2);
    draw_panels(page, drawing, where.column_limit, MARGIN + scaled.width + MARGIN,
                MARGIN + (content - where.column_height) / 2);
    mien_image_free(&scaled);
    return mien_paper_write(page, path, error);
}
