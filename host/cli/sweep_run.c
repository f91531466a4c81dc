// SPDX-License-Identifier: Apache-2.0
// The work of a sweep, a pass over the pictures at a time.
#include "host/cli/sweep.h"

#include "host/cli/csv_table.h"
#include "host/cli/evaluation_run.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"

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

static void say(runner *state, const mien_sweep_cell *cell, const mien_evaluation_row *row,
                const mien_error *problem, const char *line) {
    char text[MIEN_SWEEP_TEXT];
    state->done++;
    if (state->options->json) {
        fputs(line, stdout);
        return;
    }
    const double each = (mien_seconds() - state->started) / (double)state->done;
    const unsigned left = (unsigned)(each * (double)(state->total - state->done));
    printf("%zu/%zu  %s  %s  ", state->done, state->total, cell->id, mien_sweep_text(cell, text));
    if (row) {
        printf("accuracy %.2f %%", 100 * row->figures[MIEN_FIGURE_ACCURACY]);
    } else {
        printf("failed: %s", problem->message);
    }
    printf("  (%u:%02u left)\n", left / 60, left % 60);
}

static mien_status keep(runner *state, mien_sweep_cell *cell, const mien_evaluation *evaluation,
                        const mien_evaluation_row *row, const mien_error *problem,
                        mien_error *error) {
    char *line = NULL;
    mien_status status = mien_sweep_row(state->sweep, cell, evaluation, row, problem, &line, error);
    if (status == MIEN_OK) {
        status =
            mien_csv_append(state->options->results, "", "mien sweep", line, strlen(line), error);
    }
    if (status == MIEN_OK) {
        cell->state = row ? MIEN_CELL_DONE : MIEN_CELL_FAILED;
        yyjson_doc_free(cell->row);
        cell->row = yyjson_read(line, strlen(line), YYJSON_READ_NOFLAG);
        status = cell->row ? MIEN_OK : mien_fail_memory(error, "a row");
    }
    if (status == MIEN_OK) {
        say(state, cell, row, problem, line);
        status = mien_flush_output(error);
    }
    if (!row && state->failed == MIEN_OK) {
        state->failed = problem->status;
    }
    free(line);
    return status;
}

static mien_status keep_all(runner *state, mien_sweep_cell **cells, size_t count,
                            const mien_evaluation *evaluation, const mien_error *problem,
                            mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        const mien_evaluation_row *row = problem ? NULL : &evaluation->rows[i];
        const mien_error *why = problem ? problem : &row->error;
        status = keep(state, cells[i], evaluation, why->status == MIEN_OK ? row : NULL, why, error);
    }
    return status;
}

/// Cells that differ in their models alone.
static mien_status run_pass(runner *state, mien_sweep_cell **cells, const char **models,
                            size_t count, mien_error *error) {
    const mien_sweep_manifest *said = &state->sweep->manifest->sweep;
    const mien_sweep_cell *first = cells[0];
    const mien_evaluation_options how = {.split = said->split.text,
                                         .classes = state->sweep->classes,
                                         .flip = said->flip,
                                         .batch = first->batch,
                                         .threads = first->threads,
                                         .plan = (int)first->plan,
                                         .seconds = said->seconds,
                                         .corruption = first->corruption,
                                         .limit = said->limit};
    mien_error problem = MIEN_ERROR_INIT;
    mien_evaluation evaluation = mien_evaluation_begin("sweep", first->dataset, &how);
    const mien_status ran =
        mien_evaluation_run(&evaluation, state->sweep->registry, models, count, &how, &problem);
    mien_status status = ran;
    if (ran == MIEN_CANCELLED) {
        *error = problem;
    } else {
        problem.status = ran;
        status =
            keep_all(state, cells, count, &evaluation, ran == MIEN_OK ? NULL : &problem, error);
    }
    mien_evaluation_clear(&evaluation);
    return status;
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
    for (size_t i = 0; status == MIEN_OK && i < sweep->count; i++) {
        if (is_due(&sweep->cells[i], options->retry)) {
            models[state.total] = sweep->cells[i].model;
            cells[state.total++] = &sweep->cells[i];
        }
    }
    const size_t total = state.total;
    for (size_t at = 0, next; at < total && status == MIEN_OK; at = next) {
        for (next = at + 1; next < total && together(sweep, cells[next - 1], cells[next]); next++) {
        }
        status = run_pass(&state, cells + at, models + at, next - at, error);
        if (status == MIEN_OK && mien_interrupted()) {
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
