// SPDX-License-Identifier: Apache-2.0
/// @file
/// `--json`: yyjson's mutable documents, filled with text that may not be UTF-8 and written to a
/// stream. yyjson's adding functions take any of these; a failure for want of memory shows when
/// the document is written.
#ifndef MIEN_HOST_CLI_JSON_OUTPUT_H
#define MIEN_HOST_CLI_JSON_OUTPUT_H

#include "host/evaluation/bootstrap.h"
#include "host/loader.h"

#include <stdbool.h>
#include <stdio.h>
#include <yyjson.h>

/// A copy of `text` made valid UTF-8, as a JSON string; JSON's null for NULL.
yyjson_mut_val *mien_json_text(yyjson_mut_doc *document, const char *text);

/// A number rounded to `digits` significant digits, so that a float reads 0.3 and not
/// 0.30000001192092896; null when it is not finite.
yyjson_mut_val *mien_json_number(yyjson_mut_doc *document, double value, int digits);

/// Adds to an object; `key` must be static.
void mien_json_add_text(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                        const char *text);
void mien_json_add_number(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          double value, int digits);

/// Adds {value, low, high}, of seven digits each.
void mien_json_add_figure(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          double value, mien_interval interval);

/// Adds [x, y, width, height]; nothing for NULL.
void mien_json_add_rectangle(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                             const mien_rectangle *rectangle);

/// Prints a line that says why a picture has no answer. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_json_write_problem(const char *picture, const char *message,
                                                    mien_error *error);

/// Writes the document, indented or in one line, and a line feed. Errors: MIEN_OUT_OF_MEMORY.
/// `document` may be NULL: memory was out when it was made.
MIEN_MUST_CHECK mien_status mien_json_write(const yyjson_mut_doc *document, bool indented,
                                            FILE *file, mien_error *error);

#endif
