// SPDX-License-Identifier: Apache-2.0
/// @file
/// Comma-separated tables (RFC 4180) with a line of column names: written as a file that several
/// programs may append to, and read as a whole.
#ifndef MIEN_HOST_CLI_CSV_TABLE_H
#define MIEN_HOST_CLI_CSV_TABLE_H

#include "mien/status.h"

#include <stddef.h>
#include <stdio.h>

/// @name Writing  [any thread]
/// @{

/// A field, quoted where it must be.
void mien_csv_put_text(FILE *file, const char *text);
/// A comma and a number, of seven digits where it is not whole; nothing after the comma for NAN.
void mien_csv_put_number(FILE *file, double value);

/// Whether mien_csv_append() could be done, before the work begins. `header`: the line of column
/// names, line feed included. `writer` is who begins such tables ("mien evaluate"), for messages.
/// Errors: as mien_csv_append()'s.
MIEN_MUST_CHECK mien_status mien_csv_check(const char *path, const char *header, const char *writer,
                                           mien_error *error);

/// Appends `text`, whole lines, after the header where the file is new or empty. All of it or
/// nothing is written, also where several programs append at a time. Errors: MIEN_BAD_INPUT (a
/// table with other columns), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_csv_append(const char *path, const char *header,
                                            const char *writer, const char *text, size_t length,
                                            mien_error *error);
/// @}

/// @name Reading
/// @{

typedef struct mien_csv mien_csv;

/// Reads a table of at most 64 MiB. Free with mien_csv_free(). Errors: MIEN_NOT_FOUND, MIEN_IO,
/// MIEN_BAD_INPUT (no such table; names the line), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_csv_read(const char *path, mien_csv **table, mien_error *error);
/// As mien_csv_read(), from bytes in memory, which are not needed afterwards; `path` is for
/// messages. [any thread]
MIEN_MUST_CHECK mien_status mien_csv_parse(const void *bytes, size_t size, const char *path,
                                           mien_csv **table, mien_error *error);
/// NULL is allowed.
void mien_csv_free(mien_csv *table);

/// Rows below the header. [any thread]
size_t mien_csv_rows(const mien_csv *table);
enum { MIEN_CSV_NO_COLUMN = -1 };
/// MIEN_CSV_NO_COLUMN where there is none of that name. [any thread]
int mien_csv_column(const mien_csv *table, const char *name);
/// How many columns there are, and the name of one, borrowed. [any thread]
int mien_csv_columns(const mien_csv *table);
const char *mien_csv_name(const mien_csv *table, int column);
/// A field, borrowed. [any thread]
const char *mien_csv_field(const mien_csv *table, size_t row, int column);
/// @}

#endif
