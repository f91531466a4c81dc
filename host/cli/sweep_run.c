// SPDX-License-Identifier: Apache-2.0
// The work of a sweep, a pass over the pictures at a time.
#include "host/cli/sweep.h"

#include "host/cli/apart.h"
#include "host/cli/csv_table.h"
#include "host/cli/evaluation_run.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"
#include "host/cli/sweep_digest.h"

#include <stdlib.h>
#include <string.h>

typedef struct runner {
    mien_sweep *sweep;
    const mien_sweep_options *options;
    size_t total, done;
    double started;
    mien_status failed;
} runner;

static bool is_due(const mien_sweep_cell *cell, bool retry) {
    return cell->chosen &&
           (cell->state == MIEN_CELL_OPEN || (cell->state == MIEN_CELL_FAILED && retry));
}

/// Whether two cells differ in their models alone. Without given classes a model's own count, which
/// others beside it would change, as a fitted ensemble changes the pictures.
static bool together(const mien_sweep *sweep, const mien_sweep_cell *a, const mien_sweep_cell *b) {
    return sweep->classes && !a->alone && !b->alone && strcmp(a->dataset, b->dataset) == 0 &&
           a->threads == b->threads && a->batch == b->batch && a->plan == b->plan &&
           strcmp(a->model, b->model) != 0 && a->corruption.kind == b->corruption.kind &&
           a->corruption.severity == b->corruption.severity &&
           a->corruption.seed == b->corruption.seed;
}

static void say(runner *state, const mien_sweep_cell *cell, const char *line) {
    char text[MIEN_SWEEP_TEXT];
    state->done++;
    if (state->options->json) {
        fputs(line, stdout);
        return;
    }
    yyjson_val *const row = yyjson_doc_get_root(cell->row);
    const double each = (mien_seconds() - state->started) / (double)state->done;
    const unsigned left = (unsigned)(each * (double)(state->total - state->done));
    printf("%zu/%zu  %s  %s  ", state->done, state->total, cell->id, mien_sweep_text(cell, text));
    if (cell->state == MIEN_CELL_DONE) {
        printf("accuracy %.2f %%",
               100 * mien_sweep_figure(row, MIEN_FIGURE_ACCURACY, MIEN_PART_VALUE));
    } else {
        printf("failed: %s", yyjson_get_str(yyjson_obj_get(row, "error")));
    }
    printf("  (%u:%02u left)\n", left / 60, left % 60);
}

/// Appends a cell's row; `how` is what came of the cell.
static mien_status keep(runner *state, mien_sweep_cell *cell, mien_status how, const char *line,
                        size_t length, mien_error *error) {
    mien_status status =
        mien_csv_append(state->options->results, "", "mien sweep", line, length, error);
    if (status == MIEN_OK) {
        cell->state = how == MIEN_OK ? MIEN_CELL_DONE : MIEN_CELL_FAILED;
        yyjson_doc_free(cell->row);
        cell->row = yyjson_read(line, length, YYJSON_READ_NOFLAG);
        status = cell->row ? MIEN_OK : mien_fail_memory(error, "a row");
    }
    if (status == MIEN_OK) {
        say(state, cell, line);
        status = mien_flush_output(error);
    }
    state->failed = state->failed == MIEN_OK ? how : state->failed;
    return status;
}

// --- A pass, in a process of its own -------------------------------------------------------------

/// Cells that differ in their models alone.
typedef struct pass {
    const mien_sweep *sweep;
    mien_sweep_cell **cells;
    const char **models;
    size_t count;
} pass;

/// Writes each cell's status and row, a line each.
static mien_status write_rows(const pass *work, const mien_evaluation *evaluation,
                              const mien_error *problem, FILE *file, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < work->count && status == MIEN_OK; i++) {
        const mien_evaluation_row *row = problem ? NULL : &evaluation->rows[i];
        const mien_error *why = problem ? problem : &row->error;
        char *line = NULL;
        status = mien_sweep_row(work->sweep, work->cells[i], evaluation,
                                why->status == MIEN_OK ? row : NULL, why, &line, error);
        if (status == MIEN_OK) {
            fprintf(file, "%d %s", (int)why->status, line);
        }
        free(line);
    }
    return status;
}

/// Files may change while a sweep runs. What ran is what a cell's identity says only if that is
/// still what is there; else the figures are another cell's.
static void check_unchanged(const pass *work, mien_evaluation *evaluation) {
    for (size_t i = 0; i < work->count; i++) {
        const mien_sweep_cell *cell = work->cells[i];
        mien_error *problem = &evaluation->rows[i].error;
        char digest[MIEN_SHA256_HEX];
        mien_status status = mien_sweep_digest_model(work->sweep, cell->model, digest, problem);
        if (status == MIEN_OK && strncmp(digest, cell->model_digest, MIEN_SWEEP_ID - 1) != 0) {
            mien_fail(problem, MIEN_BAD_INPUT,
                      "%s: its manifest or its plugin changed since the sweep began; run the sweep "
                      "again, with --retry where the change is taken back",
                      cell->model);
        }
    }
}

static mien_status evaluate(void *context, FILE *file, mien_error *error) {
    const pass *const work = context;
    const mien_sweep_manifest *said = &work->sweep->manifest->sweep;
    const mien_sweep_cell *first = work->cells[0];
    const mien_evaluation_options how = {.split = said->split.text,
                                         .classes = work->sweep->classes,
                                         .flip = said->flip,
                                         .batch = first->batch,
                                         .threads = first->threads,
                                         .plan = (int)first->plan,
                                         .seconds = said->seconds,
                                         .latency_threads = first->threads,
                                         .corruption = first->corruption,
                                         .limit = said->limit};
    mien_error problem = MIEN_ERROR_INIT;
    mien_evaluation evaluation = mien_evaluation_begin("sweep", first->dataset, &how);
    const mien_status ran = mien_evaluation_run(&evaluation, work->sweep->registry, work->models,
                                                work->count, &how, &problem);
    mien_status status = ran;
    if (ran == MIEN_CANCELLED) {
        *error = problem;
    } else {
        problem.status = ran;
        if (ran == MIEN_OK) {
            check_unchanged(work, &evaluation);
        }
        status = write_rows(work, &evaluation, ran == MIEN_OK ? NULL : &problem, file, error);
    }
    mien_evaluation_clear(&evaluation);
    return status;
}

static mien_status keep_all(runner *state, const pass *work, const char *text, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < work->count && status == MIEN_OK; i++) {
        char *line = NULL;
        const long how = strtol(text, &line, 10);
        line += *line == ' ';
        const char *const end = strchr(line, '\n');
        if (!end) {
            return mien_fail(error, MIEN_INTERNAL, "a pass came back with fewer rows than cells");
        }
        char *const row = strndup(line, (size_t)(end + 1 - line));
        status = row ? keep(state, work->cells[i], (mien_status)how, row, strlen(row), error)
                     : mien_fail_memory(error, "a row");
        free(row);
        text = end + 1;
    }
    return status;
}

static mien_status keep_failure(runner *state, mien_sweep_cell *cell, const mien_error *problem,
                                mien_error *error) {
    char *line = NULL;
    mien_status status = mien_sweep_row(state->sweep, cell, NULL, NULL, problem, &line, error);
    if (status == MIEN_OK) {
        status = keep(state, cell, problem->status, line, strlen(line), error);
    }
    free(line);
    return status;
}

/// Threads that decode are counted once a process, so that each pass has its own. A model that ends
/// its process is a row as others that fail; what ends the pass itself, such as a lack of memory,
/// is the error of all its cells.
static mien_status run_pass(runner *state, const pass *work, mien_error *error) {
    mien_error problem = MIEN_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    bool ended = false;
    mien_status status = mien_apart_run(evaluate, (void *)work, &text, &size, &ended, &problem);
    if (status == MIEN_OK) {
        status = keep_all(state, work, text, error);
    } else if (!ended) {
        *error = problem;
    }
    free(text);
    for (size_t i = 0; ended && i < work->count; i++) {
        status = keep_failure(state, work->cells[i], &problem, error);
        if (status != MIEN_OK) {
            break;
        }
    }
    return status;
}

static size_t list_due(mien_sweep *sweep, bool retry, mien_sweep_cell **cells,
                       const char **models) {
    size_t count = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        if (is_due(&sweep->cells[i], retry)) {
            models[count] = sweep->cells[i].model;
            cells[count++] = &sweep->cells[i];
        }
    }
    return count;
}

mien_status mien_sweep_run(mien_sweep *sweep, const mien_sweep_options *options,
                           mien_status *failed, mien_error *error) {
    runner state = {.sweep = sweep, .options = options, .started = mien_seconds()};
    mien_sweep_cell **const cells =
        (mien_sweep_cell **)calloc(sweep->count + 1, sizeof(mien_sweep_cell *));
    const char **const models = (const char **)calloc(sweep->count + 1, sizeof *models);
    mien_status status = cells && models ? MIEN_OK : mien_fail_memory(error, "a sweep");
    if (status == MIEN_OK) { // before the work begins
        status = mien_csv_check(options->results, "", "mien sweep", error);
    }
    state.total = status == MIEN_OK ? list_due(sweep, options->retry, cells, models) : 0;
    const size_t total = state.total;
    for (size_t at = 0, next; at < total && status == MIEN_OK; at = next) {
        for (next = at + 1; next < total && together(sweep, cells[next - 1], cells[next]); next++) {
        }
        const pass work = {sweep, cells + at, models + at, next - at};
        status = run_pass(&state, &work, error);
        if ((status == MIEN_OK || status == MIEN_CANCELLED) && mien_interrupted()) {
            status = mien_fail(error, MIEN_CANCELLED, "interrupted after %zu of %zu cells",
                               state.done, total);
        }
        if (state.failed != MIEN_OK && options->fail_fast) {
            break;
        }
    }
    free((void *)cells);
    free((void *)models);
    *failed = state.failed;
    return status;
}
