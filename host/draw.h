// SPDX-License-Identifier: Apache-2.0
/// @file
/// Predictions drawn beside the picture: a PNG with the picture on the left and, for each model, a
/// bar for each of its likeliest classes on the right.
#ifndef MIEN_HOST_DRAW_H
#define MIEN_HOST_DRAW_H

#include "host/answerer.h"
#include "host/loader.h"

/// One model's bars; texts are copies.
typedef struct mien_drawing_panel {
    char *title;
    char **labels;
    double *shares; ///< 0 to 1, largest first
    size_t count;
} mien_drawing_panel;

/// Start with the members `crop` and `top`, the others zero.
typedef struct mien_drawing {
    const mien_rectangle *crop; ///< framed in the picture; borrowed; NULL: none
    size_t top;                 ///< classes a panel shows, at least 1
    mien_drawing_panel *panels;
    size_t count;
} mien_drawing;

/// That a drawing can have this name (it ends in .png) and be written there, before the work that
/// is to be drawn. Errors: MIEN_INVALID_ARGUMENT, mien_replace_check()'s.
MIEN_MUST_CHECK mien_status mien_drawing_check_path(const char *path, mien_error *error);

/// Adds a panel for an answer of what is called `name`: `count` classes and their probabilities.
/// Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_drawing_add(mien_drawing *drawing, const char *name,
                                             const char *const *classes,
                                             const double *probabilities, size_t count,
                                             mien_error *error);
/// The same of a model's logits. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_drawing_add_logits(mien_drawing *drawing, const char *name,
                                                    const mien_answerer *model, const float *logits,
                                                    mien_error *error);

/// Draws and writes the file, through a temporary name. `picture` is upright. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [one thread at a time, and nothing else in the process uses cairo then]
MIEN_MUST_CHECK mien_status mien_drawing_write(const mien_drawing *drawing,
                                               const mien_image *picture, const char *path,
                                               mien_error *error);

/// Frees the panels.
void mien_drawing_clear(mien_drawing *drawing);

#endif
