// SPDX-License-Identifier: Apache-2.0
#include "host/cli/json_output.h"

#include "host/cli/text.h"

#include <math.h>
#include <stdlib.h>

enum { FIGURE_DIGITS = 7 };

yyjson_mut_val *mien_json_text(yyjson_mut_doc *document, const char *text) {
    if (!text) {
        return yyjson_mut_null(document);
    }
    // Control characters are valid in JSON once escaped, but what reads JSON prints it as well.
    char *clean = mien_text_clean(text, true);
    yyjson_mut_val *value = clean ? yyjson_mut_strcpy(document, clean) : NULL;
    free(clean);
    return value;
}

yyjson_mut_val *mien_json_number(yyjson_mut_doc *document, double value, int digits) {
    if (!isfinite(value)) {
        return yyjson_mut_null(document);
    }
    char text[64];
    snprintf(text, sizeof text, "%.*g", digits, value);
    return yyjson_mut_real(document, strtod(text, NULL));
}

void mien_json_add_text(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                        const char *text) {
    yyjson_mut_obj_add_val(document, object, key, mien_json_text(document, text));
}

void mien_json_add_number(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          double value, int digits) {
    yyjson_mut_obj_add_val(document, object, key, mien_json_number(document, value, digits));
}

void mien_json_add_figure(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          double value, mien_interval interval) {
    yyjson_mut_val *figure = yyjson_mut_obj_add_obj(document, object, key);
    mien_json_add_number(document, figure, "value", value, FIGURE_DIGITS);
    mien_json_add_number(document, figure, "low", interval.low, FIGURE_DIGITS);
    mien_json_add_number(document, figure, "high", interval.high, FIGURE_DIGITS);
}

void mien_json_add_rectangle(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                             const mien_rectangle *rectangle) {
    if (rectangle) {
        yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, key);
        yyjson_mut_arr_add_uint(document, array, rectangle->x);
        yyjson_mut_arr_add_uint(document, array, rectangle->y);
        yyjson_mut_arr_add_uint(document, array, rectangle->width);
        yyjson_mut_arr_add_uint(document, array, rectangle->height);
    }
}

mien_status mien_json_write(const yyjson_mut_doc *document, bool indented, FILE *file,
                            mien_error *error) {
    yyjson_write_flag flags = indented ? YYJSON_WRITE_PRETTY_TWO_SPACES : YYJSON_WRITE_NOFLAG;
    size_t length = 0;
    char *text = document ? yyjson_mut_write_opts(document, flags, NULL, &length, NULL) : NULL;
    if (!text) {
        return mien_fail_memory(error, "JSON output");
    }
    fwrite(text, 1, length, file);
    fputc('\n', file);
    free(text);
    return MIEN_OK;
}

mien_status mien_json_write_problem(const char *picture, const char *message, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "picture", picture);
    mien_json_add_text(document, object, "error", message);
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}
