// SPDX-License-Identifier: Apache-2.0
// Rows of results: a JSON object a line.
#include "host/cli/sweep.h"

#include "host/cli/exit_code.h"
#include "host/cli/figures.h"
#include "host/cli/json_output.h"
#include "host/page/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

// --- Reading -------------------------------------------------------------------------------------

static mien_status take_row(mien_sweep *sweep, const char *path, size_t line, yyjson_doc *row,
                            mien_error *error) {
    yyjson_val *const root = yyjson_doc_get_root(row), *schema = yyjson_obj_get(root, "schema");
    const char *const id = yyjson_get_str(yyjson_obj_get(root, "cell"));
    mien_status status = MIEN_OK;
    if (!id) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s:%zu: is no row of a sweep; rows have a \"cell\"", path, line);
    } else if (!yyjson_is_uint(schema) || yyjson_get_uint(schema) != MIEN_SWEEP_SCHEMA) {
        char *const text = schema ? yyjson_val_write(schema, YYJSON_WRITE_NOFLAG, NULL) : NULL;
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s:%zu: a row of schema %.32s; this Mien goes on with schema %d, so "
                           "give another file (--results)",
                           path, line, text ? text : "none", MIEN_SWEEP_SCHEMA);
        free(text);
    }
    mien_sweep_cell *const cell = status == MIEN_OK ? mien_sweep_find(sweep, id) : NULL;
    if (!cell || cell->state == MIEN_CELL_DONE) {
        yyjson_doc_free(row);
        return status;
    }
    yyjson_doc_free(cell->row);
    cell->row = row;
    cell->state = yyjson_obj_get(root, "error") ? MIEN_CELL_FAILED : MIEN_CELL_DONE;
    return MIEN_OK;
}

mien_status mien_sweep_parse(mien_sweep *sweep, const void *bytes, size_t size, const char *path,
                             mien_error *error) {
    const char *const text = bytes;
    mien_status status = MIEN_OK;
    size_t line = 1;
    for (size_t at = 0; at < size && status == MIEN_OK; line++) {
        const char *const end = memchr(text + at, '\n', size - at);
        const size_t length = (end ? (size_t)(end - text) : size) - at;
        yyjson_read_err problem;
        yyjson_doc *const row =
            length ? yyjson_read_opts((char *)text + at, length, YYJSON_READ_NOFLAG, NULL, &problem)
                   : NULL;
        if (row) {
            status = take_row(sweep, path, line, row, error);
        } else if (length) {
            status = mien_fail(error, MIEN_BAD_INPUT, "%s:%zu: is no row of a sweep (%s)", path,
                               line, problem.msg);
        }
        at += length + 1;
    }
    return status;
}

/// How much of the text is whole lines.
static size_t whole_lines(const char *text, size_t size) {
    while (size > 0 && text[size - 1] != '\n') {
        size--;
    }
    return size;
}

/// What writers do is done under the same lock, so that half a line can only be one that a machine
/// left that went down.
static mien_status read_locked(mien_sweep *sweep, int file, const char *path, bool repair,
                               mien_error *error) {
    char *text = NULL;
    size_t size = 0;
    if (flock(file, LOCK_EX) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be locked (%s)", path, strerror(errno));
    }
    mien_status status = mien_page_file(path, &text, &size, error);
    if (status != MIEN_OK) {
        return status;
    }
    const size_t whole = whole_lines(text, size);
    status = mien_sweep_parse(sweep, text, whole, path, error);
    free(text);
    if (status == MIEN_OK && whole < size && repair) {
        mien_complain("sweep",
                      "%s: the last line is not whole; it is taken away, and its cell runs "
                      "again",
                      path);
        if (ftruncate(file, (off_t)whole) != 0) {
            status = mien_fail(error, MIEN_IO, "%s: cannot be written (%s)", path, strerror(errno));
        }
    }
    return status;
}

mien_status mien_sweep_read(mien_sweep *sweep, const char *path, bool repair, mien_error *error) {
    const int file = open(path, (repair ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT
                   ? MIEN_OK
                   : mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(errno));
    }
    const mien_status status = read_locked(sweep, file, path, repair, error);
    close(file);
    return status;
}

// --- Writing -------------------------------------------------------------------------------------

static void add_settings(yyjson_mut_doc *document, yyjson_mut_val *object, const mien_sweep *sweep,
                         const mien_sweep_cell *cell) {
    const mien_sweep_manifest *said = &sweep->manifest->sweep;
    mien_json_add_text(document, object, "dataset", cell->dataset);
    if (said->split.text) {
        mien_json_add_text(document, object, "split", said->split.text);
    }
    yyjson_mut_obj_add_str(document, object, "corruption",
                           mien_corruption_text(cell->corruption.kind));
    yyjson_mut_obj_add_uint(document, object, "severity", cell->corruption.severity);
    yyjson_mut_obj_add_uint(document, object, "seed", cell->corruption.seed);
    yyjson_mut_obj_add_int(document, object, "threads", cell->threads);
    yyjson_mut_obj_add_int(document, object, "batch", cell->batch);
    yyjson_mut_obj_add_str(document, object, "plan", mien_plan_names[cell->plan]);
    if (said->flip) {
        yyjson_mut_obj_add_bool(document, object, "flip", true);
    }
}

static mien_status add_figures(yyjson_mut_doc *document, yyjson_mut_val *object,
                               const mien_evaluation *evaluation, const mien_evaluation_row *row,
                               mien_error *error) {
    char *const classes = mien_evaluation_classes_text(evaluation);
    if (!classes) {
        return mien_fail_memory(error, "a row");
    }
    mien_json_add_text(document, object, "classes", classes);
    free(classes);
    yyjson_mut_obj_add_uint(document, object, "pictures", evaluation->used_count);
    yyjson_mut_obj_add_uint(document, object, "unreadable", evaluation->unreadable);
    for (size_t i = 0; i < mien_named_figure_count; i++) {
        const char *const name = mien_named_figures[i].name;
        const double value = mien_named_figure_value(row, i, MIEN_PART_VALUE);
        if (isnan(value)) {
            continue;
        }
        if (mien_named_figures[i].has_interval) {
            const mien_interval ends = {mien_named_figure_value(row, i, MIEN_PART_LOW),
                                        mien_named_figure_value(row, i, MIEN_PART_HIGH)};
            mien_json_add_figure(document, object, name, value, ends);
        } else {
            mien_json_add_number(document, object, name, value, 7);
        }
    }
    return MIEN_OK;
}

mien_status mien_sweep_row(const mien_sweep *sweep, const mien_sweep_cell *cell,
                           const mien_evaluation *evaluation, const mien_evaluation_row *row,
                           const mien_error *problem, char **line, mien_error *error) {
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const object = document ? yyjson_mut_obj(document) : NULL;
    yyjson_mut_doc_set_root(document, object);
    yyjson_mut_obj_add_uint(document, object, "schema", MIEN_SWEEP_SCHEMA);
    mien_json_add_text(document, object, "cell", cell->id);
    mien_json_add_text(document, object, "sweep", sweep->manifest->name.text);
    mien_json_add_text(document, object, "model", cell->model);
    add_settings(document, object, sweep, cell);
    mien_status status = MIEN_OK;
    if (row) {
        status = add_figures(document, object, evaluation, row, error);
    } else {
        mien_json_add_text(document, object, "error", problem->message);
    }
    char *const text =
        status == MIEN_OK ? yyjson_mut_write(document, YYJSON_WRITE_NEWLINE_AT_END, NULL) : NULL;
    yyjson_mut_doc_free(document);
    if (status == MIEN_OK && !text) {
        status = mien_fail_memory(error, "a row");
    }
    *line = text;
    return status;
}
