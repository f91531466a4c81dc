// SPDX-License-Identifier: Apache-2.0
#include "host/cli/comparison.h"

#include "host/cli/json_output.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"
#include "host/probabilities.h"

#include <stdlib.h>
#include <string.h>

void mien_comparison_clear(mien_comparison *comparison) {
    for (size_t i = 0; i < comparison->count; i++) {
        mien_comparison_row *row = &comparison->rows[i];
        for (size_t j = 0; j < row->class_count; j++) {
            free(row->classes[j]);
        }
        free((void *)row->classes);
        free(row->probabilities);
        free(row->name);
    }
    free(comparison->rows);
    comparison->rows = NULL;
    comparison->count = 0;
}

/// Index of a class in a row; its class count when the model does not know it.
static size_t find_class(const mien_comparison_row *row, const char *name) {
    size_t i = 0;
    while (i < row->class_count && strcmp(row->classes[i], name) != 0) {
        i++;
    }
    return i;
}

/// All classes of all models in the order they first come; borrowed from the rows. free() it.
static const char **merge_classes(const mien_comparison *comparison, size_t *count) {
    size_t most = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        most += comparison->rows[i].class_count;
    }
    const char **merged = (const char **)calloc(most + 1, sizeof *merged);
    *count = 0;
    for (size_t i = 0; merged && i < comparison->count; i++) {
        const mien_comparison_row *row = &comparison->rows[i];
        for (size_t j = 0; row->error.status == MIEN_OK && j < row->class_count; j++) {
            size_t k = 0;
            while (k < *count && strcmp(merged[k], row->classes[j]) != 0) {
                k++;
            }
            merged[k] = row->classes[j];
            *count += k == *count;
        }
    }
    return merged;
}

static size_t top_of(const mien_comparison_row *row) {
    size_t top = 0;
    mien_top_classes(row->probabilities, row->class_count, 1, &top);
    return top;
}

static void add_numbers(mien_text_table *table, const mien_comparison_row *row) {
    char text[MIEN_TEXT_NUMBER];
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.*f", row->milliseconds < 10 ? 2 : 1,
                         row->milliseconds);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         row->has_cost ? mien_text_count(row->cost.parameters, text) : "-");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         row->has_cost ? mien_text_count(row->cost.multiply_adds, text) : "-");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         row->weights_bytes ? mien_text_bytes(row->weights_bytes, text) : "-");
}

static void add_row(mien_text_table *table, const mien_comparison_row *row,
                    const char *const *classes, size_t class_count) {
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", row->name);
    if (row->error.status != MIEN_OK) {
        mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", row->error.message);
        mien_text_table_end_row(table);
        return;
    }
    size_t top = top_of(row);
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", row->classes[top]);
    for (size_t i = 0; i < class_count; i++) {
        size_t at = find_class(row, classes[i]);
        if (at == row->class_count) {
            mien_text_table_cell(table, MIEN_STYLE_FAINT, "-");
        } else {
            mien_text_table_cell(table, at == top ? MIEN_STYLE_STRONG : MIEN_STYLE_PLAIN, "%.1f",
                                 100 * row->probabilities[at]);
        }
    }
    add_numbers(table, row);
}

/// A table with a column a class between the fixed ones; NULL when memory is out.
static mien_text_table *create_table(const char *const *classes, size_t class_count) {
    static const mien_text_column first[] = {{.title = "MODEL"}, {.title = "TOP"}};
    static const mien_text_column last[] = {
        {.title = "MS", .right = true},
        {.title = "PARAMETERS", .right = true, .may_go = true},
        {.title = "MULTIPLY-ADDS", .right = true, .may_go = true},
        {.title = "WEIGHTS", .right = true, .may_go = true}};
    size_t count = class_count + sizeof first / sizeof *first + sizeof last / sizeof *last;
    mien_text_column *columns = calloc(count, sizeof *columns);
    if (!columns) {
        return NULL;
    }
    memcpy(columns, first, sizeof first);
    for (size_t i = 0; i < class_count; i++) {
        columns[2 + i] = (mien_text_column){.title = classes[i], .right = true};
    }
    memcpy(columns + 2 + class_count, last, sizeof last);
    mien_text_table *table = mien_text_table_create(columns, count);
    free(columns);
    return table;
}

mien_status mien_comparison_write_table(const mien_comparison *comparison, FILE *file,
                                        mien_error *error) {
    size_t class_count = 0;
    const char **classes = merge_classes(comparison, &class_count);
    mien_text_table *table = classes ? create_table(classes, class_count) : NULL;
    mien_status status = MIEN_OK;
    if (!table) {
        status = mien_fail_memory(error, "a table");
        goto done;
    }
    for (size_t i = 0; i < comparison->count; i++) {
        add_row(table, &comparison->rows[i], classes, class_count);
    }
    const char *times = mien_text_times();
    mien_text_print(file, "%s, %u%s%u", comparison->path, comparison->picture->whole.width, times,
                    comparison->picture->whole.height);
    if (comparison->crop) {
        fprintf(file, ", the %u%s%u at %u,%u", comparison->crop->width, times,
                comparison->crop->height, comparison->crop->x, comparison->crop->y);
    }
    fprintf(file, "; probabilities in %%, latency of one picture on %u thread%s\n\n",
            comparison->threads, comparison->threads == 1 ? "" : "s");
    status = mien_text_table_write(table, file, error);
done:
    mien_text_table_free(table);
    free((void *)classes);
    return status;
}

static void add_json_row(yyjson_mut_doc *document, yyjson_mut_val *array,
                         const mien_comparison_row *row) {
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    mien_json_add_text(document, object, "model", row->name);
    if (row->error.status != MIEN_OK) {
        mien_json_add_text(document, object, "error", row->error.message);
        return;
    }
    mien_json_add_text(document, object, "top", row->classes[top_of(row)]);
    yyjson_mut_val *shares = yyjson_mut_obj_add_obj(document, object, "probabilities");
    for (size_t i = 0; i < row->class_count; i++) {
        yyjson_mut_obj_add(shares, mien_json_text(document, row->classes[i]),
                           mien_json_number(document, row->probabilities[i], 6));
    }
    mien_json_add_number(document, object, "latency_ms", row->milliseconds, 5);
    if (row->has_cost) {
        yyjson_mut_obj_add_uint(document, object, "parameters", row->cost.parameters);
        yyjson_mut_obj_add_uint(document, object, "multiply_adds", row->cost.multiply_adds);
    }
    if (row->weights_bytes) {
        yyjson_mut_obj_add_uint(document, object, "weights_bytes", row->weights_bytes);
    }
}

mien_status mien_comparison_write_json(const mien_comparison *comparison, FILE *file,
                                       mien_error *error) {
    size_t class_count = 0;
    const char **classes = merge_classes(comparison, &class_count);
    if (!classes) {
        return mien_fail_memory(error, "JSON output");
    }
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "picture", comparison->path);
    yyjson_mut_obj_add_uint(document, object, "width", comparison->picture->whole.width);
    yyjson_mut_obj_add_uint(document, object, "height", comparison->picture->whole.height);
    mien_json_add_rectangle(document, object, "crop", comparison->crop);
    yyjson_mut_obj_add_uint(document, object, "threads", comparison->threads);
    yyjson_mut_val *names = yyjson_mut_obj_add_arr(document, object, "classes");
    for (size_t i = 0; i < class_count; i++) {
        yyjson_mut_arr_append(names, mien_json_text(document, classes[i]));
    }
    yyjson_mut_val *rows = yyjson_mut_obj_add_arr(document, object, "models");
    for (size_t i = 0; i < comparison->count; i++) {
        add_json_row(document, rows, &comparison->rows[i]);
    }
    mien_status status = mien_json_write(document, true, file, error);
    yyjson_mut_doc_free(document);
    free((void *)classes);
    return status;
}
