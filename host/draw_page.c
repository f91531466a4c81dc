// SPDX-License-Identifier: Apache-2.0
// A drawing on paper: cairo draws, libmien writes the PNG.
#include "host/draw.h"

#include "host/cli/text.h"

#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

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

typedef struct {
    double red, green, blue;
} ink;

static const ink paper = {1, 1, 1}, text_ink = {0.12, 0.14, 0.19}, soft_ink = {0.42, 0.45, 0.52},
                 top_ink = {0.16, 0.42, 0.80}, bar_ink = {0.68, 0.77, 0.91},
                 track_ink = {0.94, 0.95, 0.97}, frame_ink = {1.00, 0.69, 0.00};

static void use(cairo_t *page, ink colour) {
    cairo_set_source_rgb(page, colour.red, colour.green, colour.blue);
}

static void use_font(cairo_t *page, double size, bool bold) {
    cairo_select_font_face(page, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(page, size);
}

static double advance(cairo_t *page, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(page, text, &extents);
    return extents.x_advance;
}

/// Shows text with its baseline's left end at (x, y), cut with an ellipsis to `width`.
static void show(cairo_t *page, const char *text, double x, double y, double width) {
    char cut[512];
    size_t columns = mien_text_width(text);
    snprintf(cut, sizeof cut - 4, "%.*s", (int)mien_text_prefix(text, 100), text);
    while (columns > 1 && advance(page, cut) > width) {
        columns--;
        snprintf(cut, sizeof cut, "%.*s…", (int)mien_text_prefix(text, columns), text);
    }
    cairo_move_to(page, x, y);
    cairo_show_text(page, cut);
}

static size_t panel_rows(const mien_drawing_panel *panel) {
    return panel->count < MOST_ROWS ? panel->count : MOST_ROWS;
}

static double panel_height(const mien_drawing_panel *panel) {
    return TITLE_HEIGHT + (double)panel_rows(panel) * ROW_HEIGHT;
}

static void draw_panel(cairo_t *page, const mien_drawing_panel *panel, double x, double y) {
    double bar_left = x + LABEL_WIDTH, bar_width = PANEL_WIDTH - LABEL_WIDTH - NUMBER_WIDTH;
    use_font(page, 20, true);
    use(page, text_ink);
    show(page, panel->title, x, y + 22, PANEL_WIDTH);
    for (size_t i = 0; i < panel_rows(panel); i++) {
        double top = y + TITLE_HEIGHT + (double)i * ROW_HEIGHT;
        double baseline = top + ROW_HEIGHT / 2.0 + 6;
        double bar_top = top + (ROW_HEIGHT - BAR_HEIGHT) / 2.0;
        char percent[32];
        use_font(page, 16, i == 0);
        use(page, i == 0 ? text_ink : soft_ink);
        show(page, panel->labels[i], x, baseline, LABEL_WIDTH - 14);
        snprintf(percent, sizeof percent, "%.1f %%", 100 * panel->shares[i]);
        show(page, percent, x + PANEL_WIDTH - advance(page, percent), baseline, NUMBER_WIDTH);
        use(page, track_ink);
        cairo_rectangle(page, bar_left, bar_top, bar_width, BAR_HEIGHT);
        cairo_fill(page);
        use(page, i == 0 ? top_ink : bar_ink);
        cairo_rectangle(page, bar_left, bar_top, bar_width * panel->shares[i], BAR_HEIGHT);
        cairo_fill(page);
    }
}

/// Copies 8-bit pixels into a cairo surface of the same size.
static cairo_surface_t *surface_of(const mien_image *image) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)image->width, (int)image->height);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        return surface;
    }
    uint8_t *rows = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (size_t y = 0; y < image->height; y++) {
        const uint8_t *from = image->pixels + y * image->width * image->channels;
        for (size_t x = 0; x < image->width; x++, from += image->channels) {
            const uint8_t *last = from + image->channels - 1;
            const uint8_t *middle = image->channels == 3 ? from + 1 : from;
            uint32_t pixel = (uint32_t)from[0] << 16 | (uint32_t)*middle << 8 | *last;
            memcpy(rows + y * stride + x * 4, &pixel, sizeof pixel);
        }
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void draw_picture(cairo_t *page, const mien_drawing *drawing, const mien_image *scaled,
                         double scale, double x, double y) {
    cairo_surface_t *surface = surface_of(scaled);
    cairo_set_source_surface(page, surface, x, y);
    cairo_paint(page);
    cairo_surface_destroy(surface);
    if (drawing->crop) {
        const mien_rectangle *crop = drawing->crop;
        use(page, frame_ink);
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

static mien_status write_surface(cairo_surface_t *surface, const char *path, mien_error *error) {
    cairo_surface_flush(surface);
    mien_image image = {.width = (uint32_t)cairo_image_surface_get_width(surface),
                        .height = (uint32_t)cairo_image_surface_get_height(surface),
                        .channels = 3};
    const uint8_t *rows = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    image.pixels = malloc((size_t)image.width * image.height * 3);
    if (!rows || !image.pixels) {
        mien_image_free(&image);
        return mien_fail_memory(error, "a drawing");
    }
    uint8_t *to = image.pixels;
    for (size_t y = 0; y < image.height; y++) {
        for (size_t x = 0; x < image.width; x++) {
            uint32_t pixel;
            memcpy(&pixel, rows + y * stride + x * 4, sizeof pixel);
            *to++ = (uint8_t)(pixel >> 16);
            *to++ = (uint8_t)(pixel >> 8);
            *to++ = (uint8_t)pixel;
        }
    }
    mien_status status = mien_image_write_png(&image, path, error);
    mien_image_free(&image);
    return status;
}

/// Drawing is rare and the process's only use of fonts: what cairo and fontconfig keep of them for
/// later would be a leak to who looks for one.
static void drop_fonts(void) {
    cairo_debug_reset_static_data();
    FcFini();
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
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)where.width, (int)where.height);
    cairo_t *page = cairo_create(surface);
    use(page, paper);
    cairo_paint(page);
    draw_picture(page, drawing, &scaled, scale, MARGIN, MARGIN + (content - scaled.height) / 2);
    draw_panels(page, drawing, where.column_limit, MARGIN + scaled.width + MARGIN,
                MARGIN + (content - where.column_height) / 2);
    cairo_status_t drawn = cairo_status(page);
    cairo_destroy(page);
    if (drawn == CAIRO_STATUS_SUCCESS) {
        status = write_surface(surface, path, error);
    } else {
        status =
            mien_fail(error, drawn == CAIRO_STATUS_NO_MEMORY ? MIEN_OUT_OF_MEMORY : MIEN_INTERNAL,
                      "%s cannot be drawn: %s", path, cairo_status_to_string(drawn));
    }
    cairo_surface_destroy(surface);
    mien_image_free(&scaled);
    drop_fonts();
    return status;
}
