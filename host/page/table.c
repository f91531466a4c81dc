// SPDX-License-Identifier: Apache-2.0
// Comma-separated tables (RFC 4180), as objects.
#include "host/cli/json_output.h"
#include "host/page/file.h"
#include "host/page/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 128, DIGITS = 15 };

typedef struct reader {
    const char *path;
    char *next;  ///< first character not read
    size_t line; ///< of the row at hand; a line feed in quotes is none
    const char *names[MOST_COLUMNS];
    size_t columns;
} reader;

/// The next field, its quotes taken off in place; `*last` when its line ends with it. NULL: quotes
/// that do not close, or something behind them.
static char *next_field(reader *table, bool *last) {
    char *field = table->next, *end;
    if (*field == '"') {
        char *to = field;
        const char *from = field + 1;
        while (*from && (*from != '"' || from[1] == '"')) {
            from += *from == '"';
            *to++ = *from++;
        }
        if (!*from) {
            return NULL;
        }
        end = field + (from - field) + 1;
        *to = '\0';
    } else {
        end = field + strcspn(field, ",\r\n");
    }
    const char mark = *end;
    if (mark && !strchr(",\r\n", mark)) {
        return NULL;
    }
    *end = '\0';
    *last = mark != ',';
    table->next = end + (mark != '\0') + (mark == '\r' && end[1] == '\n');
    return field;
}

static mien_status complain(const reader *table, const char *what, mien_error *error) {
    return mien_fail(error, MIEN_BAD_INPUT, "%s:%zu: %s", table->path, table->line, what);
}

static mien_status read_names(reader *table, mien_error *error) {
    for (bool last = false; !last;) {
        char *const name = next_field(table, &last);
        if (!name || !*name || table->columns == MOST_COLUMNS) {
            return complain(table, "the first line names no columns of a table", error);
        }
        table->names[table->columns++] = name;
    }
    return MIEN_OK;
}

static yyjson_mut_val *value_of(yyjson_mut_doc *document, const char *field) {
    char *end;
    const double number = strtod(field, &end);
    if (*field == '\0') {
        return yyjson_mut_null(document);
    }
    return *end == '\0' && isfinite(number) ? mien_json_number(document, number, DIGITS)
                                            : mien_json_text(document, field);
}

static mien_status read_row(reader *table, yyjson_mut_doc *document, yyjson_mut_val *row,
                            mien_error *error) {
    size_t count = 0;
    for (bool last = false; !last; count++) {
        const char *const field = next_field(table, &last);
        if (!field || count == table->columns) {
            return complain(table, field ? "more fields than columns" : "quotes do not fit", error);
        }
        yyjson_mut_obj_add(row, mien_json_text(document, table->names[count]),
                           value_of(document, field));
    }
    return count == table->columns ? MIEN_OK : complain(table, "fewer fields than columns", error);
}

mien_status mien_page_table(const char *path, size_t limit, yyjson_mut_doc *document,
                            yyjson_mut_val **rows, mien_error *error) {
    char *text = NULL;
    size_t size = 0;
    mien_status status = mien_page_file(path, &text, &size, error);
    if (status != MIEN_OK) {
        return status;
    }
    reader table = {.path = path, .next = text, .line = 1};
    yyjson_mut_val *const read = yyjson_mut_arr(document);
    status = strlen(text) == size ? read_names(&table, error)
                                  : complain(&table, "a NUL byte; a table is text", error);
    for (size_t count = 0; *table.next && status == MIEN_OK; count++) {
        table.line++;
        status = count < limit
                     ? read_row(&table, document, yyjson_mut_arr_add_obj(document, read), error)
                     : mien_fail(error, MIEN_BAD_INPUT, "%s: has more than %zu rows", path, limit);
    }
    free(text);
    if (status == MIEN_OK) {
        *rows = read;
    }
    return status;
}
