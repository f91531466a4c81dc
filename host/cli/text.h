// SPDX-License-Identifier: Apache-2.0
/// @file
/// Text for terminals and JSON: UTF-8 made valid and harmless, measured in columns, wrapped, and
/// numbers as people read them.
#ifndef MIEN_HOST_CLI_TEXT_H
#define MIEN_HOST_CLI_TEXT_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// A copy in which bytes that are no UTF-8 and control characters (line feeds too, unless
/// `keep_lines`) are U+FFFD, so that a hostile file name cannot steer a terminal. free() it; NULL
/// when memory is out. [any thread]
char *mien_text_clean(const char *text, bool keep_lines);

/// Formats, makes clean but for line feeds, and writes.
void mien_text_print(FILE *file, const char *format, ...) MIEN_PRINTF(2, 3);

/// Whether the user's locale has characters beyond ASCII, as UTF-8. Names from files are printed as
/// they are; it is our own marks that have an ASCII form. [any thread]
bool mien_text_utf8(void);
/// "×", or "x" where the locale has none. Static. [any thread]
const char *mien_text_times(void);

/// How many terminal columns a clean text takes. [any thread]
size_t mien_text_width(const char *text);

/// Bytes of the longest beginning of a clean text that fits `columns`. [any thread]
size_t mien_text_prefix(const char *text, size_t columns);

/// Writes paragraphs (an empty line between) wrapped to `width` columns, each line after `indent`
/// spaces. A paragraph's first line starts at once when `started`, for text after a label.
void mien_text_wrap(FILE *file, const char *text, size_t indent, size_t width, bool started);

enum { MIEN_TEXT_NUMBER = 32 };

/// "11.7 M", "842", "1.82 G": three digits and a decimal prefix. Returns `text`. [any thread]
const char *mien_text_count(uint64_t value, char text[MIEN_TEXT_NUMBER]);
/// "44.7 MB", with decimal prefixes. Returns `text`. [any thread]
const char *mien_text_bytes(uint64_t value, char text[MIEN_TEXT_NUMBER]);

#endif
