// SPDX-License-Identifier: Apache-2.0
#include "host/cli/baseline.h"

#include "host/cli/csv_table.h"
#include "host/statistics/fisher.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

static const mien_tolerance no_drop = {.text = "accuracy", .figure = MIEN_FIGURE_ACCURACY};

struct mien_baseline {
    const char *path;
    mien_csv *table;
    const mien_tolerance *tolerances;
    size_t count;
    bool significant;
};

// --- Tolerances ----------------------------------------------------------------------------------

static mien_status refuse(const char *text, mien_error *error) {
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "--tolerance '%s': it takes how much worse a figure may be, such as "
                     "accuracy=0.01 or p95_ms=20%%",
                     text);
}

mien_status mien_tolerance_parse(const char *text, mien_tolerance *tolerance, mien_error *error) {
    mien_tolerance read = no_drop;
    const char *sign = strchr(text, '='), *number = sign ? sign + 1 : text;
    mien_figure_part part = MIEN_PART_VALUE;
    char *end;
    errno = 0;
    read.text = text;
    read.amount = strtod(number, &end);
    read.relative = *end == '%';
    if (end == number || end[read.relative] || errno || !(read.amount >= 0) || isinf(read.amount)) {
        return refuse(text, error);
    }
    read.amount /= read.relative ? 100 : 1;
    mien_status status =
        sign ? mien_named_figure_find(text, (size_t)(sign - text), &read.figure, &part, error)
             : MIEN_OK;
    if (status != MIEN_OK) {
        return mien_error_context(error, status, "--tolerance '%s'", text);
    }
    if (part != MIEN_PART_VALUE) {
        return refuse(text, error);
    }
    *tolerance = read;
    return MIEN_OK;
}

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

mien_status mien_baseline_read(const char *path, const mien_tolerance *tolerances, size_t count,
                               bool significant, mien_baseline **baseline, mien_error *error) {
    mien_baseline *read = calloc(1, sizeof *read);
    if (!read) {
        return mien_fail_memory(error, "a baseline");
    }
    *read = (mien_baseline){.path = path,
                            .tolerances = count ? tolerances : &no_drop,
                            .count = count ? count : 1,
                            .significant = significant};
    mien_status status = mien_csv_read(path, &read->table, error);
    if (status == MIEN_OK) {
        status = check_columns(read, error);
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

/// A figure then and now.
typedef struct {
    const mien_tolerance *tolerance;
    double before, now;
    mien_interval interval_before, interval_now;
    uint32_t pictures_before, pictures_now;
} change;

static uint32_t count_right(double accuracy, uint32_t pictures) {
    double right = round(accuracy * pictures);
    return right < 0 ? 0 : right > pictures ? pictures : (uint32_t)right;
}

/// Whether luck with the pictures does not explain that the figure is worse.
static bool is_significant(const change *seen) {
    const mien_named_figure *figure = &mien_named_figures[seen->tolerance->figure];
    if (!figure->has_interval) {
        return true;
    }
    if (seen->tolerance->figure == MIEN_FIGURE_ACCURACY) {
        return mien_fisher_drop(count_right(seen->now, seen->pictures_now), seen->pictures_now,
                                count_right(seen->before, seen->pictures_before),
                                seen->pictures_before) < level;
    }
    return figure->larger_is_better ? seen->interval_now.high < seen->interval_before.low
                                    : seen->interval_now.low > seen->interval_before.high;
}

/// Tables keep seven digits, so that a figure may seem to have changed by a few of the last. Where
/// the baseline has no value, there is nothing to be worse than.
static bool is_worse(const change *seen) {
    if (isnan(seen->before)) {
        return false;
    }
    double allowed = seen->tolerance->amount;
    allowed *= seen->tolerance->relative ? fabs(seen->before) : 1;
    double loss = mien_named_figures[seen->tolerance->figure].larger_is_better
                      ? seen->before - seen->now
                      : seen->now - seen->before;
    return !(loss <= allowed + 1e-6 * fabs(seen->before));
}

static mien_status read_change(const mien_baseline *baseline, size_t at,
                               const mien_evaluation *evaluation, const mien_evaluation_row *row,
                               change *seen, mien_error *error) {
    size_t index = seen->tolerance->figure;
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
    seen->pictures_now = (uint32_t)(evaluation->index.count - evaluation->unreadable);
    seen->now = mien_named_figure_value(row, index, MIEN_PART_VALUE);
    seen->interval_now.low = mien_named_figure_value(row, index, MIEN_PART_LOW);
    seen->interval_now.high = mien_named_figure_value(row, index, MIEN_PART_HIGH);
    return status;
}

static mien_status judge_change(const mien_baseline *baseline, const change *seen,
                                const char *model, mien_verdicts *verdicts, mien_error *error) {
    const char *name = mien_named_figures[seen->tolerance->figure].name;
    char check[128];
    snprintf(check, sizeof check, "baseline %s", name);
    bool worse = is_worse(seen) && (!baseline->significant || is_significant(seen));
    return worse
               ? mien_verdicts_add(verdicts, model, check, false, error,
                                   "%s is %.6g, and was %.6g in %s, worse by more than %g%s%s",
                                   name, seen->now, seen->before, baseline->path,
                                   seen->tolerance->amount * (seen->tolerance->relative ? 100 : 1),
                                   seen->tolerance->relative ? " %" : "",
                                   baseline->significant ? " and by more than luck" : "")
               : mien_verdicts_add(verdicts, model, check, false, error, NULL);
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
        change seen = {.tolerance = &baseline->tolerances[i]};
        status = read_change(baseline, at, evaluation, row, &seen, error);
        if (status == MIEN_OK) {
            status = judge_change(baseline, &seen, row->name, verdicts, error);
        }
    }
    free(classes);
    return status;
}
