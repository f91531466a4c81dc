// SPDX-License-Identifier: Apache-2.0
/// @file
/// Explanations drawn: a row for each picture, the picture itself first, then a column for each
/// model, its map over the picture in grey with a colour bar that says how large its values are.
#ifndef MIEN_HOST_EXPLAIN_SHEET_H
#define MIEN_HOST_EXPLAIN_SHEET_H

#include "host/explain/view.h"

typedef struct mien_sheet_cell mien_sheet_cell;

/// Start with `= {0}`, free with mien_sheet_clear(). What is added is copied.
typedef struct mien_sheet {
    mien_sheet_cell *cells; ///< row by row
    size_t count, columns;  ///< columns: models and the picture
} mien_sheet;

enum { MIEN_SHEET_ROWS = 16 }; ///< more nobody looks at, and cairo ends somewhere

/// One model's answer to a picture.
typedef struct mien_sheet_answer {
    const char *title;                   ///< the model
    const char *answer;                  ///< what it sees: "happy 99.9 %"
    const char *method;                  ///< how it was asked: "grad-cam of features"
    const mien_explanation *explanation; ///< NULL: `trouble` stands in its place
    const mien_input_spec *input;
    const char *trouble;
} mien_sheet_answer;

/// Begins a row; every one has as many answers as the first. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sheet_add_picture(mien_sheet *sheet, const mien_image *picture,
                                                   const char *title, mien_error *error);
/// Adds a model's map to the row of the newest picture, which is given again.
MIEN_MUST_CHECK mien_status mien_sheet_add_answer(mien_sheet *sheet, const mien_image *picture,
                                                  const mien_sheet_answer *answer,
                                                  mien_error *error);

/// Draws and writes the file, through a temporary name. Errors: MIEN_IO, MIEN_OUT_OF_MEMORY.
/// [one thread at a time, and nothing else in the process uses cairo then]
MIEN_MUST_CHECK mien_status mien_sheet_write(const mien_sheet *sheet, const char *path,
                                             mien_error *error);
void mien_sheet_clear(mien_sheet *sheet);

#endif
