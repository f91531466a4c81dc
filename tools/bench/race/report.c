// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/race/report.h"

#include "host/cli/json_output.h"

enum { RESULT_COLUMNS = 3 + MIEN_RACE_ENGINES + 3 };

mien_status mien_race_report_begin(mien_race_report *report,
                                   mien_race_engine *const engines[MIEN_RACE_ENGINES], bool json,
                                   mien_error *error) {
    char titles[MIEN_RACE_ENGINES][64];
    mien_text_column columns[RESULT_COLUMNS] = {
        {.title = "MODEL"},
        {.title = "BATCH", .right = true},
        {.title = "THREADS", .right = true},
    };
    for (size_t i = 0; i < MIEN_RACE_ENGINES; i++) {
        snprintf(titles[i], sizeof titles[i], "%s ms", engines[i]->name);
        columns[3 + i] = (mien_text_column){.title = titles[i], .right = true};
    }
    columns[3 + MIEN_RACE_ENGINES] = (mien_text_column){.title = "RATIO", .right = true};
    columns[4 + MIEN_RACE_ENGINES] = (mien_text_column){.title = "TARGET", .right = true};
    columns[5 + MIEN_RACE_ENGINES] = (mien_text_column){.title = ""};
    *report = (mien_race_report){0};
    if (!json) {
        report->table = mien_text_table_create(columns, RESULT_COLUMNS);
        if (!report->table) {
            return mien_fail_memory(error, "a table");
        }
    }
    return MIEN_OK;
}

static void add_row(mien_race_report *report, const mien_race_case *what,
                    const mien_race_result *result, double target) {
    double fastest = result->milliseconds[MIEN_RACE_OURS + 1];
    mien_text_table_cell(report->table, MIEN_STYLE_STRONG, "%s", what->model);
    mien_text_table_cell(report->table, MIEN_STYLE_PLAIN, "%zu", what->batch);
    mien_text_table_cell(report->table, MIEN_STYLE_PLAIN, "%u", what->threads);
    for (size_t i = 0; i < MIEN_RACE_ENGINES; i++) {
        if (i != MIEN_RACE_OURS && result->milliseconds[i] < fastest) {
            fastest = result->milliseconds[i];
        }
        mien_text_table_cell(report->table, MIEN_STYLE_PLAIN, "%.3f", result->milliseconds[i]);
    }
    const double ratio = result->milliseconds[MIEN_RACE_OURS] / fastest;
    const bool met = ratio <= target;
    mien_text_table_cell(report->table, MIEN_STYLE_STRONG, "%.3f", ratio);
    mien_text_table_cell(report->table, MIEN_STYLE_PLAIN, "%.2f", target);
    mien_text_table_cell(report->table, met ? MIEN_STYLE_GOOD : MIEN_STYLE_BAD, "%s",
                         met ? "met" : "missed");
    report->rows++;
    report->met += met;
}

static mien_status write_json(const mien_race_engine *peer, const mien_race_case *what, double ours,
                              double theirs, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "model", what->model);
    yyjson_mut_obj_add_str(document, object, "precision", "f32");
    yyjson_mut_obj_add_uint(document, object, "batch", what->batch);
    yyjson_mut_obj_add_uint(document, object, "threads", what->threads);
    mien_json_add_number(document, object, "ours_ms", ours, 6);
    mien_json_add_text(document, object, "peer", peer->name);
    mien_json_add_number(document, object, "peer_ms", theirs, 6);
    mien_json_add_number(document, object, "ratio", ours / theirs, 4);
    const mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    fflush(stdout);
    return status;
}

mien_status mien_race_report_add(mien_race_report *report,
                                 mien_race_engine *const engines[MIEN_RACE_ENGINES],
                                 const mien_race_case *what, const mien_race_result *result,
                                 double target, mien_error *error) {
    if (report->table) {
        add_row(report, what, result, target);
        return MIEN_OK;
    }
    mien_status status = MIEN_OK;
    for (size_t i = MIEN_RACE_OURS + 1; i < MIEN_RACE_ENGINES && status == MIEN_OK; i++) {
        status = write_json(engines[i], what, result->milliseconds[MIEN_RACE_OURS],
                            result->milliseconds[i], error);
    }
    return status;
}

mien_status mien_race_report_end(mien_race_report *report, mien_error *error) {
    mien_status status = MIEN_OK;
    if (report->table && report->rows) {
        status = mien_text_table_write(report->table, stdout, error);
        printf("\nRATIO is Mien's time over the faster peer's; %s of alternating runs. %zu of %zu "
               "targets met.\n",
               report->fastest ? "the fastest" : "medians", report->met, report->rows);
    }
    mien_text_table_free(report->table);
    report->table = NULL;
    return status;
}
