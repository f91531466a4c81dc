// SPDX-License-Identifier: Apache-2.0
#include "host/page/results.h"

#include "host/cli/json_output.h"
#include "host/cli/results_schema.h"
#include "host/cli/torn.h"
#include "host/page/file.h"
#include "host/page/page.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 100000, MOST_PICTURES = 1000, PICTURE_SIDE = 160 };

static const char known[] = "what 'mien evaluate' and 'mien compare --data' write with --json or "
                            "--csv, rows of results, history.csv, and pictures are";

mien_status mien_results_begin(mien_results *results, const char *pictures, bool (*cancelled)(void),
                               mien_error *error) {
    *results = (mien_results){.pictures = pictures, .cancelled = cancelled};
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const root = document ? yyjson_mut_obj(document) : NULL;
    results->document = document;
    if (!root) {
        return mien_fail_memory(error, "results");
    }
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, root, "kind", "results");
    results->sources = yyjson_mut_obj_add_arr(document, root, "sources");
    results->comparisons = yyjson_mut_obj_add_arr(document, root, "comparisons");
    results->rows = yyjson_mut_obj_add_arr(document, root, "rows");
    results->runs = yyjson_mut_obj_add_arr(document, root, "runs");
    results->sheets = yyjson_mut_obj_add_arr(document, root, "sheets");
    return results->sheets ? MIEN_OK : mien_fail_memory(error, "results");
}

void mien_results_clear(mien_results *results) {
    yyjson_mut_doc_free(results->document);
    *results = (mien_results){0};
}

// --- Pictures that models disagreed on -----------------------------------------------------------

/// A path of the results as one that can be opened; free() it. NULL: out of memory.
static char *place_of(const mien_results *results, const char *path) {
    char *place = NULL;
    if (!results->pictures || *path == '/') {
        return strdup(path);
    }
    return asprintf(&place, "%s/%s", results->pictures, path) < 0 ? NULL : place;
}

static mien_status shrink_file(const mien_results *results, const char *path, char **address,
                               mien_error *error) {
    if (strcmp(path, "-") == 0) {
        return mien_fail(error, MIEN_NOT_FOUND, "standard input is not there any more");
    }
    char *const place = place_of(results, path);
    mien_image image = {0};
    mien_status status =
        place ? mien_image_read(place, NULL, &image, error) : mien_fail_memory(error, "a path");
    if (status == MIEN_OK) {
        status = mien_page_picture(&image, PICTURE_SIDE, address, error);
        mien_image_free(&image);
    }
    free(place);
    return status;
}

static void add_thumbnail(mien_results *results, yyjson_mut_val *disagreement) {
    const char *const path = yyjson_mut_get_str(yyjson_mut_obj_get(disagreement, "picture"));
    yyjson_mut_obj_remove_key(disagreement, "thumbnail");
    if (!path) {
        return;
    }
    char *address = NULL;
    mien_error error = MIEN_ERROR_INIT;
    results->shown++;
    if (shrink_file(results, path, &address, &error) == MIEN_OK) {
        mien_json_add_text(results->document, disagreement, "thumbnail", address);
    } else if (results->missing++ == 0) {
        results->first = error;
    }
    free(address);
}

static mien_status add_thumbnails(mien_results *results, yyjson_mut_val *comparison,
                                  mien_error *error) {
    size_t index, count;
    yyjson_mut_val *each;
    yyjson_mut_arr_foreach(yyjson_mut_obj_get(comparison, "disagreements"), index, count, each) {
        if (results->cancelled && results->cancelled()) {
            return mien_fail(error, MIEN_CANCELLED, "interrupted");
        }
        if (yyjson_mut_is_obj(each) && !results->no_pictures && results->shown < MOST_PICTURES) {
            add_thumbnail(results, each);
        }
    }
    return MIEN_OK;
}

// --- JSON ----------------------------------------------------------------------------------------

static mien_status check_schema(yyjson_val *object, mien_error *error) {
    yyjson_val *const schema = yyjson_obj_get(object, "schema");
    if (!schema || (yyjson_is_uint(schema) && yyjson_get_uint(schema) == MIEN_RESULTS_SCHEMA)) {
        return MIEN_OK;
    }
    char *const text = yyjson_val_write(schema, YYJSON_WRITE_NOFLAG, NULL);
    const mien_status status =
        mien_fail(error, MIEN_BAD_INPUT, "has results of schema %.32s; this Mien reads %d",
                  text ? text : "?", MIEN_RESULTS_SCHEMA);
    free(text);
    return status;
}

static bool names_all(yyjson_val *list, const char *key) {
    size_t index, count;
    yyjson_val *each;
    yyjson_arr_foreach(list, index, count, each) {
        if (!yyjson_is_str(key ? yyjson_obj_get(each, key) : each)) {
            return false;
        }
    }
    return yyjson_is_arr(list);
}

/// An evaluation, with more or less that comparing adds.
static mien_status add_comparison(mien_results *results, yyjson_val *object, mien_error *error) {
    if (!names_all(yyjson_obj_get(object, "models"), "model") ||
        !names_all(yyjson_obj_get(object, "classes"), NULL) ||
        !yyjson_is_str(yyjson_obj_get(object, "dataset"))) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "is no evaluation: \"dataset\", \"classes\" and in each of \"models\" "
                         "the \"model\" must be names");
    }
    yyjson_mut_val *const copy = yyjson_val_mut_copy(results->document, object);
    yyjson_mut_arr_append(results->comparisons, copy);
    return copy ? add_thumbnails(results, copy, error) : mien_fail_memory(error, "results");
}

static mien_status add_row(mien_results *results, yyjson_mut_val *row, mien_error *error) {
    if (yyjson_mut_arr_size(results->rows) == MOST_ROWS) {
        return mien_fail(error, MIEN_BAD_INPUT, "with it there are more than %d rows", MOST_ROWS);
    }
    return row && yyjson_mut_arr_append(results->rows, row) ? MIEN_OK
                                                            : mien_fail_memory(error, "results");
}

static mien_status add_object(mien_results *results, yyjson_val *object, mien_error *error) {
    mien_status status = check_schema(object, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (yyjson_obj_get(object, "models")) {
        return add_comparison(results, object, error);
    }
    if (yyjson_is_str(yyjson_obj_get(object, "model"))) {
        return add_row(results, yyjson_val_mut_copy(results->document, object), error);
    }
    return mien_fail(error, MIEN_BAD_INPUT, "holds JSON without \"models\" or \"model\"; %s",
                     known);
}

static size_t blank(const char *text) {
    return strspn(text, " \t\r\n");
}

/// "FILE:LINE:COLUMN" of a byte; free() it. NULL: out of memory.
static char *name_place(const char *path, const char *text, size_t at) {
    char *place = NULL;
    size_t line = 1, begin = 0;
    for (size_t i = 0; i < at; i++) {
        line += text[i] == '\n';
        begin = text[i] == '\n' ? i + 1 : begin;
    }
    return asprintf(&place, "%s:%zu:%zu", path, line, at - begin + 1) < 0 ? NULL : place;
}

/// One object of several that stand in a text, beginning at `*at`, which moves behind it. `*failed`
/// is where a failure is.
static mien_status read_object(mien_results *results, char *text, size_t size, size_t *at,
                               size_t *failed, mien_error *error) {
    yyjson_read_err problem;
    yyjson_doc *const read =
        yyjson_read_opts(text + *at, size - *at, YYJSON_READ_STOP_WHEN_DONE, NULL, &problem);
    *failed = *at + (read ? 0 : problem.pos);
    const size_t torn = read ? 0 : mien_torn_length(text + *at, size - *at);
    if (torn) {
        *at += torn;
        results->torn++;
        return MIEN_OK;
    }
    if (!read) {
        return mien_fail(error, MIEN_BAD_INPUT, "no JSON (%s)", problem.msg);
    }
    const mien_status status = add_object(results, yyjson_doc_get_root(read), error);
    *at += yyjson_doc_get_read_size(read);
    yyjson_doc_free(read);
    return status;
}

static mien_status add_json(mien_results *results, const char *path, char *text, size_t size,
                            mien_error *error) {
    mien_status status = MIEN_OK;
    size_t failed = 0;
    for (size_t at = blank(text); at < size && status == MIEN_OK; at += blank(text + at)) {
        status = read_object(results, text, size, &at, &failed, error);
    }
    if (status == MIEN_BAD_INPUT) {
        char *const place = name_place(path, text, failed);
        status = mien_error_context(error, status, "%s", place ? place : path);
        free(place);
    }
    return status;
}

// --- Tables and pictures -------------------------------------------------------------------------

static mien_status add_run(mien_results *results, const char *path, yyjson_mut_val *rows,
                           mien_error *error) {
    yyjson_mut_val *const run = yyjson_mut_arr_add_obj(results->document, results->runs);
    if (!run) {
        return mien_fail_memory(error, "results");
    }
    mien_json_add_text(results->document, run, "name", path);
    yyjson_mut_obj_add_val(results->document, run, "history", rows);
    return MIEN_OK;
}

/// An empty field is no schema.
static mien_status check_row_schema(yyjson_mut_val *row, mien_error *error) {
    yyjson_mut_val *const schema = yyjson_mut_obj_get(row, "schema");
    if (!schema || yyjson_mut_is_null(schema) ||
        (yyjson_mut_is_num(schema) && yyjson_mut_get_num(schema) == MIEN_RESULTS_SCHEMA)) {
        return MIEN_OK;
    }
    return yyjson_mut_is_num(schema)
               ? mien_fail(error, MIEN_BAD_INPUT, "has results of schema %.7g; this Mien reads %d",
                           yyjson_mut_get_num(schema), MIEN_RESULTS_SCHEMA)
               : mien_fail(error, MIEN_BAD_INPUT,
                           "has results of schema \"%.32s\"; this Mien reads %d",
                           yyjson_mut_get_str(schema), MIEN_RESULTS_SCHEMA);
}

static mien_status add_rows(mien_results *results, const char *path, yyjson_mut_val *rows,
                            mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t left = yyjson_mut_arr_size(rows); left > 0 && status == MIEN_OK; left--) {
        yyjson_mut_val *const row = yyjson_mut_arr_remove_first(rows);
        status = check_row_schema(row, error);
        status = status == MIEN_OK ? add_row(results, row, error) : status;
    }
    return mien_error_context(error, status, "%s", path);
}

static mien_status add_table(mien_results *results, const char *path, mien_error *error) {
    yyjson_mut_val *rows = NULL;
    mien_status status = mien_page_table(path, MOST_ROWS, results->document, &rows, error);
    if (status != MIEN_OK) {
        return status;
    }
    yyjson_mut_val *const first = yyjson_mut_arr_get_first(rows);
    if (!first) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is a table without rows", path);
    }
    if (yyjson_mut_obj_get(first, "epoch") && yyjson_mut_obj_get(first, "validation_accuracy")) {
        return add_run(results, path, rows, error);
    }
    if (yyjson_mut_obj_get(first, "model")) {
        return add_rows(results, path, rows, error);
    }
    return mien_fail(error, MIEN_BAD_INPUT, "%s: is a table without a column \"model\"; %s", path,
                     known);
}

static mien_status add_sheet(mien_results *results, const char *path, const char *bytes,
                             size_t size, mien_error *error) {
    char *address = NULL;
    const mien_status status = mien_page_sheet(bytes, size, &address, error);
    if (status != MIEN_OK) {
        return mien_error_context(error, status, "%s", path);
    }
    yyjson_mut_val *const sheet = yyjson_mut_arr_add_obj(results->document, results->sheets);
    mien_json_add_text(results->document, sheet, "name", path);
    mien_json_add_text(results->document, sheet, "picture", address);
    free(address);
    return MIEN_OK;
}

mien_status mien_results_add(mien_results *results, const char *path, mien_error *error) {
    char *bytes = NULL;
    size_t size = 0;
    mien_status status = mien_page_file(path, &bytes, &size, error);
    if (status != MIEN_OK) {
        return status;
    }
    const unsigned char first = (unsigned char)bytes[blank(bytes)];
    if (first == 0xff || first == 0x89) { // no text begins as JPEG and PNG do
        status = add_sheet(results, path, bytes, size, error);
    } else if (first == '{') {
        status = add_json(results, path, bytes, size, error);
    } else if (first == '\0' || first == '<' || first == '[') {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: holds no results; %s", path, known);
    } else {
        status = add_table(results, path, error);
    }
    free(bytes);
    if (status == MIEN_OK) {
        yyjson_mut_arr_append(results->sources, mien_json_text(results->document, path));
    }
    return status;
}

const char *mien_results_subject(const mien_results *results) {
    yyjson_mut_val *const first = yyjson_mut_arr_get_first(results->comparisons);
    const char *const dataset = yyjson_mut_get_str(yyjson_mut_obj_get(first, "dataset"));
    const char *const source = yyjson_mut_get_str(yyjson_mut_arr_get_first(results->sources));
    return dataset ? dataset : source ? source : "";
}
