// SPDX-License-Identifier: Apache-2.0
/// @file
/// Reports: HTML files that hold all they need, so that they can be kept, sent and opened anywhere.
///
/// What a report says is a JSON document inside the page; markup, style, script and the chart
/// library are the same for all (page.html, page.css, the .js files beside this one) and are
/// part of the program. The page's own policy (Content-Security-Policy) forbids it to load
/// anything.
#ifndef MIEN_HOST_PAGE_PAGE_H
#define MIEN_HOST_PAGE_PAGE_H

#include "mien/image.h"

#include <stdbool.h>
#include <yyjson.h>

/// Writes the page `path`, through another name and a rename. `data` is an object whose "kind" is
/// what views.js knows; NULL: memory was out when it was made. Errors: MIEN_IO, MIEN_OUT_OF_MEMORY.
/// [any thread]
MIEN_MUST_CHECK mien_status mien_page_write(const char *path, const char *title,
                                            const yyjson_mut_doc *data, mien_error *error);

/// The document inside a page; yyjson_doc_free() it. Errors: MIEN_NOT_FOUND, MIEN_BAD_INPUT (no
/// such page), MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_page_read(const char *path, yyjson_doc **data, mien_error *error);

/// The page `from` written anew as `to`, which may be the same, with what it said; `title` NULL:
/// the one it has. Without `pictures`, the faces in it are left out. Errors: mien_page_read()'s and
/// mien_page_write()'s. [any thread]
MIEN_MUST_CHECK mien_status mien_page_renew(const char *from, const char *to, const char *title,
                                            bool pictures, mien_error *error);

/// A picture as the address of an HTML image ("data:image/jpeg;base64,…"), shrunk so that neither
/// side is longer than `side`; free() it. Errors: MIEN_OUT_OF_MEMORY, MIEN_INTERNAL. [any thread]
MIEN_MUST_CHECK mien_status mien_page_picture(const mien_image *image, uint32_t side,
                                              char **address, mien_error *error);

/// A JPEG or PNG as such an address, as it is; free() it. Errors: mien_image_decode()'s. [any
/// thread]
MIEN_MUST_CHECK mien_status mien_page_sheet(const void *bytes, size_t size, char **address,
                                            mien_error *error);

/// Rows of a table (history.csv, or what `mien evaluate --csv` writes): an array of objects whose
/// keys are the column names. What reads as a number is one, an empty field is null; `limit` bounds
/// the rows. Errors: MIEN_NOT_FOUND, MIEN_BAD_INPUT (no such table), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_page_table(const char *path, size_t limit,
                                            yyjson_mut_doc *document, yyjson_mut_val **rows,
                                            mien_error *error);

#endif
