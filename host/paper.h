// SPDX-License-Identifier: Apache-2.0
/// @file
/// Pages: cairo draws them, libmien writes them as PNG files.
///
/// One thread at a time, and nothing else in the process uses cairo then.
#ifndef MIEN_HOST_PAPER_H
#define MIEN_HOST_PAPER_H

#include "mien/image.h"

#include <cairo.h>
#include <stdbool.h>

typedef struct mien_ink {
    double red, green, blue;
} mien_ink;

/// An empty page; never NULL, what fails is known at the end. End it with mien_paper_write() or
/// mien_paper_discard().
cairo_t *mien_paper_open(double width, double height, mien_ink paper);

/// Writes the file through a temporary name and frees the page, whatever happens. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY, MIEN_INTERNAL (cairo failed).
MIEN_MUST_CHECK mien_status mien_paper_write(cairo_t *page, const char *path, mien_error *error);

void mien_paper_discard(cairo_t *page);

void mien_paper_use(cairo_t *page, mien_ink ink);
void mien_paper_font(cairo_t *page, double size, bool bold);

/// How wide a text is in the font in use.
double mien_paper_advance(cairo_t *page, const char *text);

/// Shows a clean text (host/cli/text.h) with its baseline's left end at (x, y), cut with an
/// ellipsis to `width`.
void mien_paper_text(cairo_t *page, const char *text, double x, double y, double width);

/// A part of a text that stands in one line.
typedef struct mien_paper_line {
    const char *start;
    size_t length;
} mien_paper_line;

/// Breaks text at its spaces into at most `most` lines no wider than `width`; the last has all that
/// is left, for mien_paper_text() to cut. Returns how many there are.
size_t mien_paper_break(cairo_t *page, const char *text, double width, size_t most,
                        mien_paper_line *lines);

/// A picture as a surface of the same size; cairo_surface_destroy() it.
cairo_surface_t *mien_paper_picture(const mien_image *image);

#endif
