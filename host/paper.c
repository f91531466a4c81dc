// SPDX-License-Identifier: Apache-2.0
#include "host/paper.h"

#include "host/cli/text.h"

#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

cairo_t *mien_paper_open(double width, double height, mien_ink paper) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    cairo_t *page = cairo_create(surface);
    cairo_surface_destroy(surface); // the page holds it
    mien_paper_use(page, paper);
    cairo_paint(page);
    return page;
}

void mien_paper_use(cairo_t *page, mien_ink ink) {
    cairo_set_source_rgb(page, ink.red, ink.green, ink.blue);
}

void mien_paper_font(cairo_t *page, double size, bool bold) {
    cairo_select_font_face(page, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(page, size);
}

double mien_paper_advance(cairo_t *page, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(page, text, &extents);
    return extents.x_advance;
}

void mien_paper_text(cairo_t *page, const char *text, double x, double y, double width) {
    char cut[512];
    size_t columns = mien_text_width(text);
    snprintf(cut, sizeof cut - 4, "%.*s", (int)mien_text_prefix(text, 100), text);
    while (columns > 1 && mien_paper_advance(page, cut) > width) {
        columns--;
        snprintf(cut, sizeof cut, "%.*s…", (int)mien_text_prefix(text, columns), text);
    }
    cairo_move_to(page, x, y);
    cairo_show_text(page, cut);
}

/// The longest beginning that ends with a word and is no wider; of a word that is wider, the word.
static size_t fit_words(cairo_t *page, const char *text, double width) {
    char tried[512];
    size_t fits = strcspn(text, " ");
    for (size_t end = fits; end < sizeof tried; end += strcspn(text + end, " ")) {
        memcpy(tried, text, end);
        tried[end] = '\0';
        if (mien_paper_advance(page, tried) > width) {
            break;
        }
        fits = end;
        if (!text[end]) {
            break;
        }
        end++; // past the space
    }
    return fits;
}

size_t mien_paper_break(cairo_t *page, const char *text, double width, size_t most,
                        mien_paper_line *lines) {
    size_t count = 0;
    for (text += strspn(text, " "); *text && count < most; text += strspn(text, " ")) {
        const size_t length = count + 1 < most ? fit_words(page, text, width) : strlen(text);
        lines[count++] = (mien_paper_line){text, length};
        text += length;
    }
    return count;
}

cairo_surface_t *mien_paper_picture(const mien_image *image) {
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
void mien_paper_discard(cairo_t *page) {
    cairo_destroy(page);
    cairo_debug_reset_static_data();
    FcFini();
}

mien_status mien_paper_write(cairo_t *page, const char *path, mien_error *error) {
    cairo_status_t drawn = cairo_status(page);
    mien_status status;
    if (drawn == CAIRO_STATUS_SUCCESS) {
        status = write_surface(cairo_get_target(page), path, error);
    } else {
        status =
            mien_fail(error, drawn == CAIRO_STATUS_NO_MEMORY ? MIEN_OUT_OF_MEMORY : MIEN_INTERNAL,
                      "%s cannot be drawn: %s", path, cairo_status_to_string(drawn));
    }
    mien_paper_discard(page);
    return status;
}
