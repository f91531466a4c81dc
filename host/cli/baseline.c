// SPDX-License-Identifier: Apache-2.0
#include "host/cli/baseline.h"

#include "host/cli/csv_table.h"
#include "host/cli/results_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mien_baseline {
    const char *path;
    mien_csv *table;
    const mien_tolerance *tolerances;
    size_t count;
    bool significant;
};

// --- The table -----------------------------------------------------------------------------------

static mien_status need_column(const mien_baseline *baseline, const char *name, mien_error *error) {
    return mien_csv_column(baseline->table, name) != MIEN_CSV_NO_COLUMN
               ? MIEN_OK
               : mien_fail(
                     error, MIEN_BAD_INPUT,
                     "%s: has no column \"%s\"; a baseline is a table that 'mien evaluate "
                     "--csv' or 'mien compare --csv' wrote, the latter for what concerns time "
                     "and memory",
                     baseline->path, name);
}

static mien_status check_columns(const mien_baseline *baseline, mien_error *error) {
    static const char *const always[] = {"model", "dataset", "split",    "classes",
                                         "flip",  "error",   "pictures", "accuracy"};
    if (mien_csv_column(baseline->table, "corruption") != MIEN_CSV_NO_COLUMN) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: is a sweep's table, whose pictures may be damaged; 'mien sweep "
                         "--baseline' compares sweeps",
                         baseline->path);
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sizeof always / sizeof *always && status == MIEN_OK; i++) {
        status = need_column(baseline, always[i], error);
    }
    for (size_t i = 0; i < baseline->count && status == MIEN_OK; i++) {
        const mien_named_figure *figure = &mien_named_figures[baseline->tolerances[i].figure];
        char name[64];
        status = need_column(baseline, figure->name, error);
        for (size_t k = 0; k < 2 && figure->has_interval && status == MIEN_OK; k++) {
            snprintf(name, sizeof name, "%s_%s", figure->name, k ? "high" : "low");
            status = need_column(baseline, name, error);
        }
    }
    return status;
}

/// A table from before there was a schema is of the first.
static mien_status check_schemas(const mien_baseline *baseline, mien_error *error) {
    const int column = mien_csv_column(baseline->table, "schema");
    for (size_t i = 0; column != MIEN_CSV_NO_COLUMN && i < mien_csv_rows(baseline->table); i++) {
        const char *const text = mien_csv_field(baseline->table, i, column);
        char *end = NULL;
        if (*text && (strtol(text, &end, 10) != MIEN_RESULTS_SCHEMA || *end)) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s: row %zu has results of schema %.32s; this Mien reads %d",
                             baseline->path, i + 1, text, MIEN_RESULTS_SCHEMA);
        }
    }
    return MIEN_OK;
}

mien_status mien_baseline_read(const char *path, const mien_tolerance *tolerances, size_t count,
                               bool significant, mien_baseline **baseline, mien_error *error) {
    mien_baseline *read = calloc(1, sizeof *read);
    if (!read) {
        return mien_fail_memory(error, "a baseline");
    }
    *read = (mien_baseline){
        .path = path, .tolerances = tolerances, .count = count, .significant = significant};
    mien_status status = mien_csv_read(path, &read->table, error);
    if (status == MIEN_OK) {
        status = check_columns(read, error);
    }
    if (status == MIEN_OK) {
        status = check_schemas(read, error);
    }
    if (status != MIEN_OK) {
        mien_baseline_free(read);
        return status;
    }
    *baseline = read;
    return MIEN_OK;
}

void mien_baseline_free(mien_baseline *baseline) {
    if (baseline) {
        mien_csv_free(baseline->table);
        free(baseline);
    }
}

static bool holds(const mien_baseline *baseline, size_t row, const char *column, const char *text) {
    int at = mien_csv_column(baseline->table, column);
    return strcmp(mien_csv_field(baseline->table, row, at), text) == 0;
}

/// The last row of the same thing; the number of rows where there is none.
static size_t find_row(const mien_baseline *baseline, const mien_evaluation *evaluation,
                       const char *classes, const char *model) {
    const char *split = evaluation->split ? evaluation->split : "";
    size_t rows = mien_csv_rows(baseline->table);
    for (size_t i = rows; i-- > 0;) {
        if (holds(baseline, i, "model", model) && holds(baseline, i, "error", "") &&
            holds(baseline, i, "dataset", evaluation->dataset) &&
            holds(baseline, i, "split", split) && holds(baseline, i, "classes", classes) &&
            holds(baseline, i, "flip", evaluation->flip ? "1" : "0")) {
            return i;
        }
    }
    return rows;
}

/// A number, NAN for an empty field.
static mien_status read_number(const mien_baseline *baseline, size_t row, const char *name,
                               const char *suffix, double *value, mien_error *error) {
    char column[64], *end;
    snprintf(column, sizeof column, "%s%s", name, suffix);
    const char *text =
        mien_csv_field(baseline->table, row, mien_csv_column(baseline->table, column));
    *value = *text ? strtod(text, &end) : (double)NAN;
    return !*text || (end != text && *end == '\0' && isfinite(*value))
               ? MIEN_OK
               : mien_fail(error, MIEN_BAD_INPUT, "%s: \"%.64s\" in column \"%s\" is no number",
                           baseline->path, text, column);
}

// --- Judging -------------------------------------------------------------------------------------

static mien_status read_change(const mien_baseline *baseline, size_t at,
                               const mien_evaluation *evaluation, const mien_evaluation_row *row,
                               size_t index, mien_change *seen, mien_error *error) {
    const mien_named_figure *figure = &mien_named_figures[index];
    double pictures = 0;
    mien_status status = read_number(baseline, at, figure->name, "", &seen->before, error);
    if (status == MIEN_OK) {
        status = read_number(baseline, at, "pictures", "", &pictures, error);
    }
    if (status == MIEN_OK && figure->has_interval) {
        status = read_number(baseline, at, figure->name, "_low", &seen->interval_before.low, error);
    }
    if (status == MIEN_OK && figure->has_interval) {
        status =
            read_number(baseline, at, figure->name, "_high", &seen->interval_before.high, error);
    }
    seen->pictures_before = pictures > 0 && pictures < UINT32_MAX / 2.0 ? (uint32_t)pictures : 0;
    seen->pictures_now = (uint32_t)mien_evaluation_pictures(evaluation);
    seen->now = mien_named_figure_value(row, index, MIEN_PART_VALUE);
    seen->interval_now.low = mien_named_figure_value(row, index, MIEN_PART_LOW);
    seen->interval_now.high = mien_named_figure_value(row, index, MIEN_PART_HIGH);
    return status;
}

mien_status mien_baseline_judge(const mien_baseline *baseline, const mien_evaluation *evaluation,
                                const mien_evaluation_row *row, mien_verdicts *verdicts,
                                mien_error *error) {
    char *classes = mien_evaluation_classes_text(evaluation);
    if (!classes) {
        return mien_fail_memory(error, "a list of classes");
    }
    size_t at = find_row(baseline, evaluation, classes, row->name);
    mien_status status = MIEN_OK;
    if (at == mien_csv_rows(baseline->table)) {
        status =
            mien_verdicts_add(verdicts, row->name, "baseline", false, error,
                              "%s has no row of it on %s%s%s with the classes %s%s", baseline->path,
                              evaluation->dataset, evaluation->split ? ", " : "",
                              evaluation->split ? evaluation->split : "", classes,
                              evaluation->flip ? " and --flip" : "");
    }
    for (size_t i = 0;
         i < baseline->count && at < mien_csv_rows(baseline->table) && status == MIEN_OK; i++) {
        const mien_tolerance *tolerance = &baseline->tolerances[i];
        mien_change seen = {0};
        status = read_change(baseline, at, evaluation, row, tolerance->figure, &seen, error);
        if (status == MIEN_OK) {
            status = mien_change_judge(&seen, tolerance, baseline->significant, baseline->path,
                                       row->name, verdicts, error);
        }
    }
    free(classes);
    return status;
}
