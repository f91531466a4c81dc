// SPDX-License-Identifier: Apache-2.0
#include "host/cli/evaluation_members.h"

#include "host/cli/cells.h"
#include "host/cli/json_output.h"
#include "host/cli/text_table.h"
#include "host/statistics/pairs.h"

enum { DIGITS = 7 };

// --- For people ----------------------------------------------------------------------------------

static mien_status write_figures(const mien_evaluation_row *row, FILE *file, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "MEMBER"},
        {.title = "ACCURACY", .right = true},
        {.title = "ADDS", .right = true},
        {.title = "95 %", .right = true},
        {.title = "LOG LOSS", .right = true},
        {.title = "ADDS", .right = true},
        {.title = "95 %", .right = true},
    };
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; table && i < mien_members_count(row->members); i++) {
        const mien_member_figures *each = &row->member_figures[i];
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", mien_guest_member(row->guest, i));
        mien_cell_number(table, MIEN_STYLE_PLAIN, each->accuracy, true);
        mien_cell_number(table, MIEN_STYLE_STRONG, each->adds_accuracy, true);
        mien_cell_interval(table, each->accuracy_interval, true);
        mien_cell_number(table, MIEN_STYLE_PLAIN, each->log_loss, false);
        mien_cell_number(table, MIEN_STYLE_STRONG, each->adds_log_loss, false);
        mien_cell_interval(table, each->log_loss_interval, false);
    }
    return mien_text_table_write_and_free(table, file, error);
}

static mien_status write_pairs(const mien_evaluation_row *row, FILE *file, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "MEMBER"},
        {.title = "AND"},
        {.title = "DISAGREE", .right = true},
        {.title = "Q", .right = true},
        {.title = "BOTH RIGHT", .right = true},
        {.title = "ONLY FIRST", .right = true},
        {.title = "ONLY SECOND", .right = true},
        {.title = "NEITHER", .right = true},
    };
    const mien_diversity *pairs = mien_members_pairs(row->members);
    const size_t count = mien_pairs_count(mien_members_count(row->members));
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; table && i < count; i++) {
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s",
                             mien_guest_member(row->guest, pairs[i].first));
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s",
                             mien_guest_member(row->guest, pairs[i].second));
        mien_cell_number(table, MIEN_STYLE_PLAIN, mien_diversity_disagreement(&pairs[i]), true);
        mien_cell_number(table, MIEN_STYLE_PLAIN, mien_diversity_q(&pairs[i]), false);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", pairs[i].both);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", pairs[i].first_only);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", pairs[i].second_only);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", pairs[i].neither);
    }
    if (table) {
        double disagreement, q;
        mien_diversity_means(pairs, count, &disagreement, &q);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "(mean)");
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", "");
        mien_cell_number(table, MIEN_STYLE_STRONG, disagreement, true);
        mien_cell_number(table, MIEN_STYLE_STRONG, q, false);
        mien_text_table_end_row(table);
    }
    return mien_text_table_write_and_free(table, file, error);
}

mien_status mien_evaluation_write_members(const mien_evaluation_row *row, FILE *file,
                                          mien_error *error) {
    if (!row->members) {
        return MIEN_OK;
    }
    fputs("\nMembers by themselves, and what each adds: the ensemble's figure less that without "
          "it\n",
          file);
    mien_status status = write_figures(row, file, error);
    if (status == MIEN_OK && mien_members_count(row->members) > 1) {
        fputs("\nEach two members: how often they answer differently, and Yule's Q of being "
              "right\n",
              file);
        status = write_pairs(row, file, error);
    }
    return status;
}

// --- For programs --------------------------------------------------------------------------------

static void add_pair(yyjson_mut_doc *document, yyjson_mut_val *array,
                     const mien_evaluation_row *row, const mien_diversity *pair) {
    yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, array);
    mien_json_add_text(document, each, "first", mien_guest_member(row->guest, pair->first));
    mien_json_add_text(document, each, "second", mien_guest_member(row->guest, pair->second));
    mien_json_add_number(document, each, "disagreement", mien_diversity_disagreement(pair), DIGITS);
    mien_json_add_number(document, each, "q", mien_diversity_q(pair), DIGITS);
    yyjson_mut_obj_add_uint(document, each, "both", pair->both);
    yyjson_mut_obj_add_uint(document, each, "first_only", pair->first_only);
    yyjson_mut_obj_add_uint(document, each, "second_only", pair->second_only);
    yyjson_mut_obj_add_uint(document, each, "neither", pair->neither);
}

void mien_evaluation_add_members(const mien_evaluation_row *row, yyjson_mut_doc *document,
                                 yyjson_mut_val *object) {
    if (!row->members) {
        return;
    }
    const size_t count = mien_members_count(row->members);
    yyjson_mut_val *members = yyjson_mut_obj_add_arr(document, object, "members");
    for (size_t i = 0; i < count; i++) {
        const mien_member_figures *figures = &row->member_figures[i];
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, members);
        mien_json_add_text(document, each, "model", mien_guest_member(row->guest, i));
        mien_json_add_number(document, each, "accuracy", figures->accuracy, DIGITS);
        mien_json_add_number(document, each, "log_loss", figures->log_loss, DIGITS);
        mien_json_add_figure(document, each, "adds_accuracy", figures->adds_accuracy,
                             figures->accuracy_interval);
        mien_json_add_figure(document, each, "adds_log_loss", figures->adds_log_loss,
                             figures->log_loss_interval);
    }
    const mien_diversity *pairs = mien_members_pairs(row->members);
    double disagreement, q;
    mien_diversity_means(pairs, mien_pairs_count(count), &disagreement, &q);
    yyjson_mut_val *diversity = yyjson_mut_obj_add_obj(document, object, "diversity");
    mien_json_add_number(document, diversity, "disagreement", disagreement, DIGITS);
    mien_json_add_number(document, diversity, "q", q, DIGITS);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(document, diversity, "pairs");
    for (size_t i = 0; i < mien_pairs_count(count); i++) {
        add_pair(document, list, row, &pairs[i]);
    }
}
