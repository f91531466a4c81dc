// SPDX-License-Identifier: Apache-2.0
// `mien evaluate` for people.
#include "host/cli/evaluation.h"

#include "host/cli/cells.h"
#include "host/cli/evaluation_members.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *title, *name;
    bool percent; ///< a share of pictures
} figures[MIEN_FIGURE_COUNT] = {
    [MIEN_FIGURE_ACCURACY] = {"ACCURACY", "accuracy", true},
    [MIEN_FIGURE_BALANCED_ACCURACY] = {"BALANCED", "balanced accuracy", true},
    [MIEN_FIGURE_MACRO_F1] = {"MACRO F1", "macro F1", true},
    [MIEN_FIGURE_LOG_LOSS] = {"LOG LOSS", "log loss", false},
    [MIEN_FIGURE_BRIER] = {"BRIER", "Brier score", false},
    [MIEN_FIGURE_CALIBRATION_ERROR] = {"ECE", "calibration error", true},
};

// --- What was evaluated --------------------------------------------------------------------------

static bool counts(const mien_evaluation *evaluation, const char *name) {
    for (size_t i = 0; i < evaluation->class_count; i++) {
        if (strcmp(evaluation->classes[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void write_left_out(const mien_evaluation *evaluation, FILE *file) {
    bool first = true;
    for (size_t i = 0; i < evaluation->known_count && !evaluation->chosen; i++) {
        if (!counts(evaluation, evaluation->known[i])) {
            mien_text_print(file, "%s%s",
                            first ? "left out, since a model does not know them: " : ", ",
                            evaluation->known[i]);
            first = false;
        }
    }
    fputs(first ? "" : "\n", file);
}

void mien_evaluation_write_heading(const mien_evaluation *evaluation, FILE *file) {
    mien_text_print(file, "%s%s%s: %zu pictures of %zu classes:", evaluation->dataset,
                    evaluation->split ? ", " : "", evaluation->split ? evaluation->split : "",
                    mien_evaluation_pictures(evaluation), evaluation->class_count);
    for (size_t i = 0; i < evaluation->class_count; i++) {
        mien_text_print(file, "%s %s", i ? "," : "", evaluation->classes[i]);
    }
    fputc('\n', file);
    write_left_out(evaluation, file);
    if (evaluation->unreadable) {
        fprintf(file, "%zu more could not be used\n", evaluation->unreadable);
    }
    if (evaluation->fitted_to) {
        fprintf(file, "%zu more left out, since an ensemble was fitted to them\n",
                evaluation->fitted_to);
    }
    if (evaluation->corruption.severity) {
        fprintf(file, "every picture damaged: %s:%u, seed %u\n",
                mien_corruption_text(evaluation->corruption.kind), evaluation->corruption.severity,
                evaluation->corruption.seed);
    }
    if (evaluation->votes_path) {
        mien_text_print(file, "%s: votes on %zu pictures, with a majority on %zu\n",
                        evaluation->votes_path, evaluation->crowd.pictures,
                        evaluation->crowd.majorities);
    }
    fprintf(file, "shares in %%, 95 %% bootstrap intervals; %s%u thread%s, batches of %zu\n",
            evaluation->flip ? "mirror images averaged; " : "", evaluation->threads,
            evaluation->threads == 1 ? "" : "s", evaluation->batch);
}

// --- Several models ------------------------------------------------------------------------------

static mien_text_table *create_table(const mien_evaluation *evaluation) {
    mien_text_column columns[MIEN_FIGURE_COUNT + 8] = {{.title = "MODEL"}};
    size_t count = 1;
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        columns[count++] = (mien_text_column){.title = figures[i].title, .right = true};
        if (i == MIEN_FIGURE_ACCURACY) {
            columns[count++] = (mien_text_column){.title = "95 %", .right = true};
        }
    }
    if (evaluation->votes_path) {
        columns[count++] = (mien_text_column){.title = "MAJORITY", .right = true};
        columns[count++] = (mien_text_column){.title = "95 %", .right = true, .may_go = true};
    }
    columns[count++] = (mien_text_column){.title = "PICTURES/S", .right = true, .may_go = true};
    return mien_text_table_create(columns, count);
}

static void add_row(mien_text_table *table, const mien_evaluation *evaluation,
                    const mien_evaluation_row *row) {
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", row->name);
    if (row->error.status != MIEN_OK) {
        mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", row->error.message);
        mien_text_table_end_row(table);
        return;
    }
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        mien_cell_number(table, i == MIEN_FIGURE_ACCURACY ? MIEN_STYLE_STRONG : MIEN_STYLE_PLAIN,
                         row->figures[i], figures[i].percent);
        if (i == MIEN_FIGURE_ACCURACY) {
            mien_cell_interval(table, row->intervals[i], true);
        }
    }
    if (evaluation->votes_path) {
        mien_cell_number(table, MIEN_STYLE_PLAIN, row->consensus_accuracy, true);
        mien_cell_interval(table, row->consensus_interval, true);
    }
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.0f", mien_evaluation_rate(row));
}

static mien_status write_rows(const mien_evaluation *evaluation, FILE *file, mien_error *error) {
    mien_text_table *table = create_table(evaluation);
    for (size_t i = 0; table && i < evaluation->count; i++) {
        add_row(table, evaluation, &evaluation->rows[i]);
    }
    if (table && evaluation->votes_path && mien_evaluation_scored(evaluation)) {
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "(the crowd)");
        mien_cell_number(table, MIEN_STYLE_STRONG, evaluation->crowd.accuracy, true);
        mien_cell_interval(table, evaluation->crowd.interval, true);
        mien_text_table_end_row(table);
    }
    return mien_text_table_write_and_free(table, file, error);
}

// --- One model -----------------------------------------------------------------------------------

static mien_status write_figures(const mien_evaluation *evaluation, const mien_evaluation_row *row,
                                 FILE *file, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "FIGURE"}, {.title = "VALUE", .right = true}, {.title = "95 %", .right = true}};
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; table && i < MIEN_FIGURE_COUNT; i++) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", figures[i].name);
        mien_cell_number(table, MIEN_STYLE_STRONG, row->figures[i], figures[i].percent);
        mien_cell_interval(table, row->intervals[i], figures[i].percent);
    }
    if (table && evaluation->votes_path) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "accuracy on majorities");
        mien_cell_number(table, MIEN_STYLE_STRONG, row->consensus_accuracy, true);
        mien_cell_interval(table, row->consensus_interval, true);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "the crowd's accuracy");
        mien_cell_number(table, MIEN_STYLE_STRONG, evaluation->crowd.accuracy, true);
        mien_cell_interval(table, evaluation->crowd.interval, true);
    }
    if (table) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "pictures/s");
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "%.0f", mien_evaluation_rate(row));
        mien_text_table_end_row(table);
    }
    return mien_text_table_write_and_free(table, file, error);
}

static mien_status write_classes(const mien_evaluation *evaluation, const mien_evaluation_row *row,
                                 FILE *file, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "CLASS"},
        {.title = "PICTURES", .right = true},
        {.title = "ANSWERS", .right = true},
        {.title = "PRECISION", .right = true},
        {.title = "RECALL", .right = true},
        {.title = "F1", .right = true},
    };
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; table && i < evaluation->class_count; i++) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", evaluation->classes[i]);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", row->classes[i].pictures);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", row->classes[i].predicted);
        mien_cell_number(table, MIEN_STYLE_PLAIN, row->classes[i].precision, true);
        mien_cell_number(table, MIEN_STYLE_PLAIN, row->classes[i].recall, true);
        mien_cell_number(table, MIEN_STYLE_PLAIN, row->classes[i].f1, true);
    }
    return mien_text_table_write_and_free(table, file, error);
}

static mien_status write_confusion(const mien_evaluation *evaluation,
                                   const mien_evaluation_row *row, FILE *file, mien_error *error) {
    size_t count = evaluation->class_count;
    mien_text_column *columns = calloc(count + 1, sizeof *columns);
    size_t *matrix = calloc(count * count, sizeof *matrix);
    mien_status status = MIEN_OK;
    if (!columns || !matrix) {
        status = mien_fail_memory(error, "a confusion matrix");
        goto done;
    }
    columns[0].title = "LABEL";
    for (size_t i = 0; i < count; i++) {
        columns[i + 1] = (mien_text_column){.title = evaluation->classes[i], .right = true};
    }
    mien_scores_confusion(row->scores, matrix);
    mien_text_table *table = mien_text_table_create(columns, count + 1);
    for (size_t i = 0; table && i < count; i++) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", evaluation->classes[i]);
        for (size_t k = 0; k < count; k++) {
            mien_text_table_cell(table, i == k ? MIEN_STYLE_STRONG : MIEN_STYLE_PLAIN, "%zu",
                                 matrix[i * count + k]);
        }
    }
    status = mien_text_table_write_and_free(table, file, error);
done:
    free(columns);
    free(matrix);
    return status;
}

static mien_status write_one(const mien_evaluation *evaluation, const mien_evaluation_row *row,
                             FILE *file, mien_error *error) {
    size_t all = mien_guest_classes(row->guest);
    mien_text_print(file, "%s", row->name);
    if (all > evaluation->class_count) {
        fprintf(file, ", of whose %zu classes %zu count", all, evaluation->class_count);
    }
    fputs("\n\n", file);
    mien_status status = write_figures(evaluation, row, file, error);
    if (status == MIEN_OK) {
        fputc('\n', file);
        status = write_classes(evaluation, row, file, error);
    }
    if (status == MIEN_OK) {
        fputs("\nAnswers in columns\n", file);
        status = write_confusion(evaluation, row, file, error);
    }
    return status == MIEN_OK ? mien_evaluation_write_members(row, file, error) : status;
}

mien_status mien_evaluation_write_text(const mien_evaluation *evaluation, FILE *file,
                                       mien_error *error) {
    if (mien_evaluation_scored(evaluation)) {
        mien_evaluation_write_heading(evaluation, file);
        fputc('\n', file);
    }
    bool one = evaluation->count == 1 && evaluation->rows[0].error.status == MIEN_OK;
    return one ? write_one(evaluation, &evaluation->rows[0], file, error)
               : write_rows(evaluation, file, error);
}
