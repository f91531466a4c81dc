// SPDX-License-Identifier: Apache-2.0
// Rows of results: a JSON object a line.
#include "host/cli/sweep.h"

#include "host/cli/exit_code.h"
#include "host/cli/figures.h"
#include "host/cli/json_output.h"
#include "host/cli/torn.h"
#include "host/page/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

// --- Reading -------------------------------------------------------------------------------------

static mien_status check_row(yyjson_val *row, mien_error *error) {
    yyjson_val *const schema = yyjson_obj_get(row, "schema");
    if (!yyjson_is_str(yyjson_obj_get(row, "cell"))) {
        return mien_fail(error, MIEN_BAD_INPUT, "is no row of a sweep; rows have a \"cell\"");
    }
    if (yyjson_is_uint(schema) && yyjson_get_uint(schema) == MIEN_SWEEP_SCHEMA) {
        return MIEN_OK;
    }
    char *const text = schema ? yyjson_val_write(schema, YYJSON_WRITE_NOFLAG, NULL) : NULL;
    mien_status status =
        mien_fail(error, MIEN_BAD_INPUT,
                  "is a row of schema %.32s, and this Mien goes on with schema %d; measure anew, "
                  "into another file",
                  text ? text : "none", MIEN_SWEEP_SCHEMA);
    free(text);
    return status;
}

/// Rows are taken one by one.
typedef struct {
    const char *text;
    size_t size, at;
    mien_sweep_take *take;
    void *context;
    mien_sweep_extent *extent;
} reader;

/// What is at the reader's place and no row: the beginning of one, or a failure at `place`.
static mien_status pass_over(reader *state, const yyjson_read_err *problem, size_t *place,
                             mien_error *error) {
    const size_t torn = mien_torn_length(state->text + state->at, state->size - state->at);
    if (problem->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        return mien_fail_memory(error, "a row");
    }
    if (torn == 0) {
        *place = state->at + problem->pos;
        return mien_fail(error, MIEN_BAD_INPUT,
                         "is no row of a sweep (%s); rows are a JSON object a line", problem->msg);
    }
    state->at += torn;
    state->extent->torn++;
    return MIEN_OK;
}

static mien_status read_row(reader *state, size_t *place, mien_error *error) {
    yyjson_read_err problem;
    *place = state->at;
    // Up to the line's end, lest a row that was cut off goes on in the next.
    const char *const from = state->text + state->at;
    const char *const end = memchr(from, '\n', state->size - state->at);
    const size_t length = end ? (size_t)(end - from) : state->size - state->at;
    yyjson_doc *const row =
        yyjson_read_opts((char *)from, length, YYJSON_READ_STOP_WHEN_DONE, NULL, &problem);
    if (!row) {
        return pass_over(state, &problem, place, error);
    }
    const mien_status status = check_row(yyjson_doc_get_root(row), error);
    if (status != MIEN_OK) {
        yyjson_doc_free(row);
        return status;
    }
    state->at += yyjson_doc_get_read_size(row);
    state->extent->whole = state->at;
    return state->take(state->context, row, error);
}

/// "line:column" of a byte, both counted from 1.
static mien_status say_place(const reader *state, size_t place, const char *path,
                             mien_status status, mien_error *error) {
    size_t line = 1, begin = 0;
    for (size_t i = 0; i < place && i < state->size; i++) {
        line += state->text[i] == '\n';
        begin = state->text[i] == '\n' ? i + 1 : begin;
    }
    return mien_error_context(error, status, "%s:%zu:%zu", path, line, place - begin + 1);
}

mien_status mien_sweep_rows(const void *bytes, size_t size, const char *path, mien_sweep_take *take,
                            void *context, mien_sweep_extent *extent, mien_error *error) {
    static const char blanks[] = "\n\r\t ";
    reader state = {
        .text = bytes, .size = size, .take = take, .context = context, .extent = extent};
    *extent = (mien_sweep_extent){0};
    while (state.at < size) {
        if (memchr(blanks, state.text[state.at], sizeof blanks - 1)) {
            extent->whole = ++state.at;
            continue;
        }
        size_t place = state.at;
        const mien_status status = read_row(&state, &place, error);
        if (status != MIEN_OK) {
            return say_place(&state, place, path, status, error);
        }
    }
    return MIEN_OK;
}

static mien_status take_row(void *context, yyjson_doc *row, mien_error *error) {
    (void)error;
    yyjson_val *const root = yyjson_doc_get_root(row);
    mien_sweep_cell *const cell =
        mien_sweep_find(context, yyjson_get_str(yyjson_obj_get(root, "cell")));
    if (!cell || cell->state == MIEN_CELL_DONE) {
        yyjson_doc_free(row);
        return MIEN_OK;
    }
    yyjson_doc_free(cell->row);
    cell->row = row;
    cell->state = yyjson_obj_get(root, "error") ? MIEN_CELL_FAILED : MIEN_CELL_DONE;
    return MIEN_OK;
}

mien_status mien_sweep_parse(mien_sweep *sweep, const void *bytes, size_t size, const char *path,
                             mien_sweep_extent *extent, mien_error *error) {
    return mien_sweep_rows(bytes, size, path, take_row, sweep, extent, error);
}

void mien_sweep_say_torn(const char *path, const mien_sweep_extent *extent, size_t said) {
    if (extent->torn > said) {
        mien_complain("sweep", "%s: %zu %s cut off, as by a machine that went down; passed over",
                      path, extent->torn - said, extent->torn - said == 1 ? "row is" : "rows are");
    }
}

/// Takes away what is left of a last row, and ends the last whole one.
static mien_status repair_end(int file, const char *path, const char *text, size_t size,
                              size_t whole, mien_error *error) {
    bool good = true;
    if (whole < size) {
        mien_complain("sweep",
                      "%s: the last line is not whole; it is taken away, and its cell runs "
                      "again",
                      path);
        good = ftruncate(file, (off_t)whole) == 0;
    }
    if (good && whole > 0 && text[whole - 1] != '\n') {
        good = pwrite(file, "\n", 1, (off_t)whole) == 1;
    }
    return good ? MIEN_OK
                : mien_fail(error, MIEN_IO, "%s: cannot be written (%s)", path, strerror(errno));
}

/// What writers do is done under the same lock, so that half a line can only be one that a machine
/// left that went down.
static mien_status read_locked(mien_sweep *sweep, int file, const char *path, bool repair,
                               mien_error *error) {
    char *text = NULL;
    size_t size = 0;
    mien_sweep_extent extent;
    if (flock(file, LOCK_EX) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be locked (%s)", path, strerror(errno));
    }
    mien_status status = mien_page_file(path, &text, &size, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_sweep_parse(sweep, text, size, path, &extent, error);
    if (status == MIEN_OK) {
        mien_sweep_say_torn(path, &extent, extent.whole < size && repair);
    }
    if (status == MIEN_OK && repair) {
        status = repair_end(file, path, text, size, extent.whole, error);
    }
    free(text);
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

double mien_sweep_figure(yyjson_val *row, size_t figure, mien_figure_part part) {
    static const char *const parts[] = {
        [MIEN_PART_VALUE] = "value", [MIEN_PART_LOW] = "low", [MIEN_PART_HIGH] = "high"};
    yyjson_val *value = yyjson_obj_get(row, mien_named_figures[figure].name);
    if (yyjson_is_obj(value)) {
        value = yyjson_obj_get(value, parts[part]);
    }
    return yyjson_is_num(value) ? yyjson_get_num(value) : (double)NAN;
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
    if (said->limit) {
        yyjson_mut_obj_add_uint(document, object, "limit", said->limit);
    }
}

static mien_status add_figures(yyjson_mut_doc *document, yyjson_mut_val *object,
                               const mien_sweep_cell *cell, const mien_evaluation *evaluation,
                               const mien_evaluation_row *row, mien_error *error) {
    char *const classes = mien_evaluation_classes_text(evaluation);
    if (!classes) {
        return mien_fail_memory(error, "a row");
    }
    mien_json_add_text(document, object, "classes", classes);
    free(classes);
    yyjson_mut_obj_add_uint(document, object, "threads_used", evaluation->threads);
    if (row->costs.measured) {
        yyjson_mut_obj_add_uint(document, object, "latency_threads",
                                mien_thread_count(cell->threads));
    }
    yyjson_mut_obj_add_uint(document, object, "pictures", evaluation->used_count);
    yyjson_mut_obj_add_uint(document, object, "unreadable", evaluation->unreadable);
    if (evaluation->fitted_to) {
        yyjson_mut_obj_add_uint(document, object, "fitted_to", evaluation->fitted_to);
    }
    for (size_t i = 0; i < mien_named_figure_count; i++) {
        const char *const name = mien_named_figures[i].name;
        const double value = mien_named_figure_value(row, i, MIEN_PART_VALUE);
        if (isnan(value)) {
            continue;
        }
        if (mien_named_figures[i].is_count) {
            yyjson_mut_obj_add_uint(document, object, name, (uint64_t)value);
        } else if (mien_named_figures[i].has_interval) {
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
    mien_json_add_text(document, object, "model_digest", cell->model_digest);
    mien_json_add_text(document, object, "data_digest", cell->data_digest);
    yyjson_mut_obj_add_str(document, object, "mien", MIEN_VERSION);
    mien_status status = MIEN_OK;
    if (row) {
        status = add_figures(document, object, cell, evaluation, row, error);
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
