// SPDX-License-Identifier: Apache-2.0
// `mien evaluate --csv` and `mien compare --csv`: a row a model, appended to a table that grows
// over many evaluations.
#include "host/cli/csv_table.h"
#include "host/cli/evaluation.h"
#include "host/cli/figures.h"
#include "host/cli/results_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "schema,model,dataset,split,classes,pictures,unreadable,flip,accuracy,accuracy_low,accuracy_"  \
    "high,"                                                                                        \
    "balanced_accuracy,balanced_accuracy_low,balanced_accuracy_high,macro_f1,macro_f1_low,"        \
    "macro_f1_high,log_loss,log_loss_low,log_loss_high,brier,brier_low,brier_high,"                \
    "calibration_error,calibration_error_low,calibration_error_high,majority_pictures,"            \
    "majority_accuracy,majority_accuracy_low,majority_accuracy_high,crowd_accuracy,batch,threads," \
    "pictures_per_second,"

#define COSTS "rank,pareto,p50_ms,p95_ms,parameters,multiply_adds,weights_bytes,memory_bytes,"

#define FAITHFULNESS                                                                               \
    "map_method,map_pictures,map_empty,deletion,deletion_low,deletion_high,insertion,"             \
    "insertion_low,insertion_high,road,road_low,road_high,stable,stable_low,stable_high,sanity,"   \
    "sanity_low,sanity_high,centre_deletion,centre_deletion_low,centre_deletion_high,"             \
    "centre_insertion,centre_insertion_low,centre_insertion_high,centre_road,centre_road_low,"     \
    "centre_road_high,map_error,"

static const char *const headers[] = {
    [MIEN_TABLE_EVALUATED] = COLUMNS "error\n",
    [MIEN_TABLE_COMPARED] = COLUMNS COSTS "error\n",
    [MIEN_TABLE_FAITHFUL] = COLUMNS COSTS FAITHFULNESS "error\n",
};
static const char *const writers[] = {
    [MIEN_TABLE_EVALUATED] = "mien evaluate",
    [MIEN_TABLE_COMPARED] = "mien compare",
    [MIEN_TABLE_FAITHFUL] = "mien compare --faithfulness",
};

static void put_figure(FILE *file, double value, mien_interval interval) {
    mien_csv_put_number(file, value);
    mien_csv_put_number(file, interval.low);
    mien_csv_put_number(file, interval.high);
}

static void put_subject(FILE *file, const mien_evaluation *evaluation, const char *classes) {
    fputc(',', file);
    mien_csv_put_text(file, evaluation->dataset);
    fputc(',', file);
    mien_csv_put_text(file, evaluation->split ? evaluation->split : "");
    fputc(',', file);
    mien_csv_put_text(file, classes);
    fprintf(file, ",%zu,%zu,%d", mien_evaluation_pictures(evaluation), evaluation->unreadable,
            evaluation->flip);
}

/// In the order of the named figures.
static void put_costs(FILE *file, const mien_evaluation_row *row) {
    bool good = row->error.status == MIEN_OK;
    mien_csv_put_number(file, good ? row->rank : (double)NAN);
    mien_csv_put_number(file, good ? row->front : (double)NAN);
    for (size_t i = 0; i < mien_named_figure_count; i++) {
        if (mien_named_figures[i].needs_costs) {
            mien_csv_put_number(file, good ? mien_named_figure_value(row, i, MIEN_PART_VALUE)
                                           : (double)NAN);
        }
    }
}

/// Intervals are means with their margins to both sides.
static void put_faithfulness(FILE *file, const mien_evaluation_row *row) {
    static const mien_faithful nothing = {0};
    mien_faithful_figure figures[MIEN_FAITHFUL_FIGURES];
    const mien_faithful *faithful = row->faithful ? row->faithful : &nothing;
    bool good = row->faithful && faithful->error.status == MIEN_OK;
    mien_faithful_figures(faithful, figures);
    fputc(',', file);
    mien_csv_put_text(file, good ? mien_explain_method_names[faithful->how] : "");
    mien_csv_put_number(file, good ? (double)faithful->map.deletion.count : (double)NAN);
    mien_csv_put_number(file, good ? (double)faithful->empty : (double)NAN);
    for (size_t i = 0; i < MIEN_FAITHFUL_FIGURES; i++) {
        put_figure(file, mien_mean_value(&figures[i].mean), mien_mean_interval(&figures[i].mean));
    }
    fputc(',', file);
    mien_csv_put_text(file, faithful->error.status == MIEN_OK ? "" : faithful->error.message);
}

static void put_row(FILE *file, const mien_evaluation *evaluation, const char *classes,
                    mien_evaluation_table kind, const mien_evaluation_row *row) {
    const double none = (double)NAN;
    const mien_interval nothing = {none, none};
    bool good = row->error.status == MIEN_OK, votes = evaluation->crowd.pictures > 0;
    fprintf(file, "%d,", MIEN_RESULTS_SCHEMA);
    mien_csv_put_text(file, row->name);
    put_subject(file, evaluation, classes);
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        put_figure(file, good ? row->figures[i] : none, good ? row->intervals[i] : nothing);
    }
    mien_csv_put_number(file, good && votes ? (double)mien_scores_pictures(row->consensus) : none);
    put_figure(file, good && votes ? row->consensus_accuracy : none,
               good && votes ? row->consensus_interval : nothing);
    mien_csv_put_number(file, votes ? evaluation->crowd.accuracy : none);
    fprintf(file, ",%zu,%u", evaluation->batch, evaluation->threads);
    mien_csv_put_number(file, good ? mien_evaluation_rate(row) : none);
    if (kind != MIEN_TABLE_EVALUATED) {
        put_costs(file, row);
    }
    if (kind == MIEN_TABLE_FAITHFUL) {
        put_faithfulness(file, row);
    }
    fputc(',', file);
    mien_csv_put_text(file, good ? "" : row->error.message);
    fputc('\n', file);
}

static bool put_rows(FILE *file, const mien_evaluation *evaluation, mien_evaluation_table kind) {
    char *classes = mien_evaluation_classes_text(evaluation);
    for (size_t i = 0; classes && i < evaluation->count; i++) {
        put_row(file, evaluation, classes, kind, &evaluation->rows[i]);
    }
    bool good = classes && !ferror(file);
    free(classes);
    return good;
}

/// The rows as one text, the caller's to free(). NULL when memory is out.
static char *make_text(const mien_evaluation *evaluation, mien_evaluation_table kind,
                       size_t *length) {
    char *text = NULL;
    FILE *file = open_memstream(&text, length);
    bool good = file && put_rows(file, evaluation, kind);
    if (file && fclose(file) == 0 && good) {
        return text;
    }
    free(text);
    return NULL;
}

mien_status mien_evaluation_check_csv(const char *path, mien_evaluation_table kind,
                                      mien_error *error) {
    return mien_csv_check(path, headers[kind], writers[kind], error);
}

mien_status mien_evaluation_append_csv(const mien_evaluation *evaluation, const char *path,
                                       mien_evaluation_table kind, mien_error *error) {
    size_t length = 0;
    char *text = make_text(evaluation, kind, &length);
    if (!text) {
        return mien_fail_memory(error, "a table");
    }
    mien_status status = mien_csv_append(path, headers[kind], writers[kind], text, length, error);
    free(text);
    return status;
}
