// SPDX-License-Identifier: Apache-2.0
/// @file
/// Tables for people: columns aligned by what a terminal shows, colour only on a terminal.
#ifndef MIEN_HOST_CLI_TEXT_TABLE_H
#define MIEN_HOST_CLI_TEXT_TABLE_H

#include "host/cli/terminal.h"
#include "mien/status.h"

typedef struct mien_text_table mien_text_table;

typedef struct mien_text_column {
    const char *title; ///< copied
    bool right;        ///< aligned to the right, for numbers
    bool shrinks;      ///< cut with an ellipsis where the terminal is too narrow
    bool may_go;       ///< left out where that is not enough, the last first
} mien_text_column;

/// An empty table; NULL when memory is out. Free with mien_text_table_free().
mien_text_table *mien_text_table_create(const mien_text_column *columns, size_t count);

/// NULL is allowed.
void mien_text_table_free(mien_text_table *table);

/// Appends the next cell, row by row. Text is cleaned; the part after a line feed is left out. A
/// failure for want of memory is kept for mien_text_table_write().
void mien_text_table_cell(mien_text_table *table, mien_style style, const char *format, ...)
    MIEN_PRINTF(3, 4);

/// The row ends here, whatever cells are missing; the last one given may be wider than its column
/// (an error message).
void mien_text_table_end_row(mien_text_table *table);

/// Writes headings (where any column has a title) and rows. Columns stand two spaces apart.
/// Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_text_table_write(const mien_text_table *table, FILE *file,
                                                  mien_error *error);

/// The same, and frees it. A table of NULL, which could not be made, is an error too.
MIEN_MUST_CHECK mien_status mien_text_table_write_and_free(mien_text_table *table, FILE *file,
                                                           mien_error *error);

#endif
