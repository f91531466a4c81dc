// SPDX-License-Identifier: Apache-2.0
// Comma-separated tables, as objects.
#include "host/cli/csv_table.h"
#include "host/cli/json_output.h"
#include "host/page/page.h"

#include <math.h>
#include <stdlib.h>

enum { DIGITS = 15 };

static yyjson_mut_val *value_of(yyjson_mut_doc *document, const char *field) {
    char *end;
    const double number = strtod(field, &end);
    if (*field == '\0') {
        return yyjson_mut_null(document);
    }
    return *end == '\0' && isfinite(number) ? mien_json_number(document, number, DIGITS)
                                            : mien_json_text(document, field);
}

static void add_row(const mien_csv *table, size_t row, yyjson_mut_doc *document,
                    yyjson_mut_val *object) {
    for (int i = 0; i < mien_csv_columns(table); i++) {
        yyjson_mut_obj_add(object, mien_json_text(document, mien_csv_name(table, i)),
                           value_of(document, mien_csv_field(table, row, i)));
    }
}

mien_status mien_page_table(const char *path, size_t limit, yyjson_mut_doc *document,
                            yyjson_mut_val **rows, mien_error *error) {
    mien_csv *table = NULL;
    mien_status status = mien_csv_read(path, &table, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (mien_csv_rows(table) > limit) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: has more than %zu rows", path, limit);
    } else {
        *rows = yyjson_mut_arr(document);
        for (size_t i = 0; i < mien_csv_rows(table); i++) {
            add_row(table, i, document, yyjson_mut_arr_add_obj(document, *rows));
        }
    }
    mien_csv_free(table);
    return status;
}
