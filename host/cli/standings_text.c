// SPDX-License-Identifier: Apache-2.0
// `mien compare --data …` for people.
#include "host/cli/standings.h"

#include "host/cli/cells.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"

#include <math.h>
#include <stdlib.h>

// --- Models --------------------------------------------------------------------------------------

static mien_text_table *create_table(const mien_evaluation *evaluation) {
    mien_text_column columns[20] = {{.title = "RANK", .right = true}, {.title = "MODEL"}};
    static const mien_text_column figures[] = {{.title = "ACCURACY", .right = true},
                                               {.title = "95 %", .right = true},
                                               {.title = "MACRO F1", .right = true},
                                               {.title = "LOG LOSS", .right = true},
                                               {.title = "ECE", .right = true}};
    static const mien_text_column costs[] = {
        {.title = "P50 MS", .right = true},
        {.title = "P95 MS", .right = true},
        {.title = "FRONT"},
        {.title = "PICTURES/S", .right = true, .may_go = true},
        {.title = "PARAMETERS", .right = true, .may_go = true},
        {.title = "MULTIPLY-ADDS", .right = true, .may_go = true},
        {.title = "WEIGHTS", .right = true, .may_go = true},
        {.title = "MEMORY", .right = true, .may_go = true}};
    size_t count = 2;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        columns[count++] = figures[i];
    }
    if (evaluation->votes_path) {
        columns[count++] = (mien_text_column){.title = "MAJORITY", .right = true};
    }
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        columns[count++] = costs[i];
    }
    return mien_text_table_create(columns, count);
}

static void add_costs(mien_text_table *table, const mien_evaluation_row *row) {
    const mien_costs *costs = &row->costs;
    uint64_t memory = mien_costs_memory(costs);
    char text[MIEN_TEXT_NUMBER];
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", costs->p50_ms);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", costs->p95_ms);
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", row->front ? "*" : "");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.0f", mien_evaluation_rate(row));
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         costs->has_graph ? mien_text_count(costs->parameters, text) : "-");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         costs->has_graph ? mien_text_count(costs->multiply_adds, text) : "-");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         costs->weights_bytes ? mien_text_bytes(costs->weights_bytes, text) : "-");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         memory ? mien_text_bytes(memory, text) : "-");
}

static void add_model(mien_text_table *table, const mien_evaluation *evaluation,
                      const mien_evaluation_row *row) {
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%u", row->rank);
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", row->name);
    mien_cell_number(table, MIEN_STYLE_STRONG, row->figures[MIEN_FIGURE_ACCURACY], true);
    mien_cell_interval(table, row->intervals[MIEN_FIGURE_ACCURACY], true);
    mien_cell_number(table, MIEN_STYLE_PLAIN, row->figures[MIEN_FIGURE_MACRO_F1], true);
    mien_cell_number(table, MIEN_STYLE_PLAIN, row->figures[MIEN_FIGURE_LOG_LOSS], false);
    mien_cell_number(table, MIEN_STYLE_PLAIN, row->figures[MIEN_FIGURE_CALIBRATION_ERROR], true);
    if (evaluation->votes_path) {
        mien_cell_number(table, MIEN_STYLE_PLAIN, row->consensus_accuracy, true);
    }
    add_costs(table, row);
}

/// The best first; models without figures at the end, each with its error.
static mien_status write_models(const mien_standings *standings, FILE *file, mien_error *error) {
    const mien_evaluation *evaluation = standings->evaluation;
    mien_text_table *table = create_table(evaluation);
    for (size_t i = 0; table && i < standings->count; i++) {
        add_model(table, evaluation, mien_standings_row(standings, i));
    }
    if (table && evaluation->votes_path && standings->count) {
        mien_text_table_cell(table, MIEN_STYLE_FAINT, "-");
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "(the crowd)");
        mien_cell_number(table, MIEN_STYLE_STRONG, evaluation->crowd.accuracy, true);
        mien_cell_interval(table, evaluation->crowd.interval, true);
        mien_text_table_end_row(table);
    }
    for (size_t i = 0; table && i < evaluation->count; i++) {
        const mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status != MIEN_OK) {
            mien_text_table_cell(table, MIEN_STYLE_FAINT, "-");
            mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", row->name);
            mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", row->error.message);
            mien_text_table_end_row(table);
        }
    }
    return mien_text_table_write_and_free(table, file, error);
}

// --- Pairs ---------------------------------------------------------------------------------------

static void add_p(mien_text_table *table, mien_style style, double p) {
    mien_text_table_cell(table, style, p < 0.0001 ? "%.0e" : "%.4f", p);
}

static void add_pair(mien_text_table *table, const mien_standings *standings,
                     const mien_pair *pair) {
    bool apart = pair->adjusted < MIEN_PAIRS_LEVEL;
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         mien_standings_row(standings, pair->first)->name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         mien_standings_row(standings, pair->second)->name);
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%.2f", 100 * pair->difference);
    mien_cell_interval(table, pair->interval, true);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u", pair->first_only);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u", pair->second_only);
    if (standings->count > 2) {
        add_p(table, MIEN_STYLE_PLAIN, pair->p);
    }
    add_p(table, MIEN_STYLE_PLAIN, pair->adjusted);
    mien_text_table_cell(table, apart ? MIEN_STYLE_STRONG : MIEN_STYLE_FAINT, "%s",
                         apart ? "apart" : "not told apart");
}

static mien_status write_pairs(const mien_standings *standings, FILE *file, mien_error *error) {
    mien_text_column columns[10] = {{.title = "MODEL"},
                                    {.title = "AGAINST"},
                                    {.title = "AHEAD BY", .right = true},
                                    {.title = "95 %", .right = true},
                                    {.title = "ONLY FIRST", .right = true},
                                    {.title = "ONLY SECOND", .right = true}};
    size_t count = 6;
    columns[count++] = (mien_text_column){.title = "P", .right = true};
    if (standings->count > 2) {
        columns[count++] = (mien_text_column){.title = "P HOLM", .right = true};
    }
    columns[count++] = (mien_text_column){.title = ""};
    mien_text_table *table = mien_text_table_create(columns, count);
    size_t pairs = mien_pairs_count(standings->count);
    for (size_t i = 0; table && i < pairs; i++) {
        add_pair(table, standings, &standings->pairs[i]);
    }
    fprintf(file,
            "\nEach two on the same pictures, by McNemar's exact test%s; who alone is right\n",
            standings->count > 2 ? " with Holm's correction" : "");
    return mien_text_table_write_and_free(table, file, error);
}

/// Two digits: nobody knows such a number better.
static double round_up(double count) {
    double unit = pow(10, fmax(floor(log10(count)) - 1, 0));
    return ceil(count / unit) * unit;
}

static void write_verdict(const mien_standings *standings, FILE *file) {
    const char *first = mien_standings_row(standings, 0)->name;
    const char *second = mien_standings_row(standings, 1)->name;
    if (isnan(standings->missing)) {
        const double p = mien_pairs_find(standings->pairs, standings->count, 0, 1)->adjusted;
        mien_text_print(file,
                        p < 0.0001 ? "\n%s is ahead of %s: p = %.0e%s.\n"
                                   : "\n%s is ahead of %s: p = %.4f%s.\n",
                        first, second, p, standings->count > 2 ? " after Holm's correction" : "");
    } else if (isinf(standings->missing)) {
        mien_text_print(file,
                        "\n%s and %s are equally often right here: no number of pictures like "
                        "these would tell them apart.\n",
                        first, second);
    } else {
        mien_text_print(file,
                        "\nThese pictures do not tell %s and %s apart. If they differ as much as "
                        "here, about %.0f\nmore such pictures would (with a probability of %.0f "
                        "%%).\n",
                        first, second, round_up(standings->missing), 100 * MIEN_STANDINGS_POWER);
    }
}

// --- Disagreements -------------------------------------------------------------------------------

static mien_text_table *create_disagreements(const mien_standings *standings) {
    mien_text_column *columns = calloc(standings->count + 2, sizeof *columns);
    if (!columns) {
        return NULL;
    }
    columns[0] = (mien_text_column){.title = "PICTURE"};
    columns[1] = (mien_text_column){.title = "LABEL"};
    for (size_t i = 0; i < standings->count; i++) {
        columns[2 + i] = (mien_text_column){.title = mien_standings_row(standings, i)->name};
    }
    mien_text_table *table = mien_text_table_create(columns, standings->count + 2);
    free(columns);
    return table;
}

static mien_status write_disagreements(const mien_standings *standings, size_t shown, FILE *file,
                                       mien_error *error) {
    const char *const *classes = standings->evaluation->classes;
    mien_text_table *table = create_disagreements(standings);
    for (size_t i = 0; table && i < standings->disputed && i < shown; i++) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", mien_standings_picture(standings, i));
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                             classes[mien_standings_answer(standings, 0, i).label]);
        for (size_t k = 0; k < standings->count; k++) {
            mien_answer answer = mien_standings_answer(standings, k, i);
            mien_text_table_cell(
                table, answer.answer == answer.label ? MIEN_STYLE_STRONG : MIEN_STYLE_PLAIN,
                "%s %.1f", classes[answer.answer], 100 * answer.confidence);
        }
    }
    return mien_text_table_write_and_free(table, file, error);
}

mien_status mien_standings_write_text(const mien_standings *standings, size_t shown, FILE *file,
                                      mien_error *error) {
    if (standings->count) {
        mien_evaluation_write_heading(standings->evaluation, file);
        fputs("latency of one picture on 1 thread; memory: packed weights and activations of that "
              "run\nfront: no model is both more accurate and faster\n\n",
              file);
    }
    mien_status status = write_models(standings, file, error);
    if (status == MIEN_OK && standings->count > 1) {
        status = write_pairs(standings, file, error);
    }
    if (status != MIEN_OK || standings->count < 2) {
        return status;
    }
    write_verdict(standings, file);
    fprintf(file, "\nNot of one mind on %zu of %zu pictures%s\n", standings->disputed,
            standings->evaluation->used_count,
            standings->disputed && shown ? "; the surest contradictions first" : "");
    return standings->disputed && shown ? write_disagreements(standings, shown, file, error)
                                        : MIEN_OK;
}
