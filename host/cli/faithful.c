// SPDX-License-Identifier: Apache-2.0
#include "host/cli/faithful.h"

#include "host/cli/json_output.h"
#include "host/statistics/share.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

// --- Means ---------------------------------------------------------------------------------------

void mien_mean_add(mien_mean *mean, double value) {
    if (isfinite(value)) {
        mean->total += value;
        mean->squares += value * value;
        mean->count++;
    }
}

double mien_mean_value(const mien_mean *mean) {
    return mean->count ? mean->total / (double)mean->count : (double)NAN;
}

static double share_margin(const mien_mean *mean) {
    const double value = mien_mean_value(mean);
    const mien_interval exact = mien_share_interval(mean->total, mean->count);
    return fmax(exact.high - value, value - exact.low);
}

double mien_mean_margin(const mien_mean *mean) {
    const double count = (double)mean->count, value = mien_mean_value(mean);
    if (mean->count < 2) {
        return (double)NAN;
    }
    if (mean->is_share && mien_share_is_extreme(mean->total, mean->count)) {
        return share_margin(mean);
    }
    return gsl_cdf_tdist_Pinv(0.975, count - 1) *
           sqrt(fmax(mean->squares / count - value * value, 0) / (count - 1));
}

mien_interval mien_mean_interval(const mien_mean *mean) {
    const double value = mien_mean_value(mean), margin = mien_mean_margin(mean);
    const mien_interval ends = {value - margin, value + margin};
    return mean->is_share && mean->count > 1
               ? (mien_interval){fmax(ends.low, 0), fmin(ends.high, 1)}
               : ends;
}

mien_mean mien_faithful_sanity(const mien_faithful *faithful) {
    return faithful->sanity_empty > faithful->sanity.count ? (mien_mean){0} : faithful->sanity;
}

double mien_faithful_sanity_empty(const mien_faithful *faithful) {
    const size_t all = faithful->sanity.count + faithful->sanity_empty;
    return all ? (double)faithful->sanity_empty / (double)all : (double)NAN;
}

void mien_faithful_figures(const mien_faithful *faithful,
                           mien_faithful_figure figures[MIEN_FAITHFUL_FIGURES]) {
    const mien_faithful_figure all[MIEN_FAITHFUL_FIGURES] = {
        {"deletion", faithful->map.deletion},
        {"insertion", faithful->map.insertion},
        {"road", faithful->map.road},
        {"stable", faithful->stable},
        {"sanity", mien_faithful_sanity(faithful)},
        {"centre_deletion", faithful->centre.deletion},
        {"centre_insertion", faithful->centre.insertion},
        {"centre_road", faithful->centre.road},
    };
    for (size_t i = 0; i < MIEN_FAITHFUL_FIGURES; i++) {
        figures[i] = all[i];
    }
}

// --- Text ----------------------------------------------------------------------------------------

mien_text_table *mien_faithful_create_table(void) {
    static const mien_text_column columns[] = {
        {.title = "MODEL"},
        {.title = "METHOD", .shrinks = true},
        {.title = "DELETION", .right = true},
        {.title = "INSERTION", .right = true},
        {.title = "ROAD", .right = true},
        {.title = "STABLE", .right = true},
        {.title = "SANITY", .right = true},
        {.title = "PICTURES", .right = true, .may_go = true},
        {.title = "EMPTY", .right = true, .may_go = true},
    };
    return mien_text_table_create(columns, sizeof columns / sizeof *columns);
}

static void add_cell(mien_text_table *table, const mien_mean *mean) {
    if (mean->count == 0) {
        mien_text_table_cell(table, MIEN_STYLE_FAINT, "-");
    } else if (mean->count == 1) { // which has no interval
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", mien_mean_value(mean));
    } else {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f ±%.3f", mien_mean_value(mean),
                             mien_mean_margin(mean));
    }
}

static void add_scores(mien_text_table *table, const mien_faithful_scores *scores) {
    add_cell(table, &scores->deletion);
    add_cell(table, &scores->insertion);
    add_cell(table, &scores->road);
}

void mien_faithful_add_rows(mien_text_table *table, const char *model,
                            const mien_faithful *faithful) {
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", model);
    if (faithful->error.status != MIEN_OK) {
        mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", faithful->error.message);
        mien_text_table_end_row(table);
        return;
    }
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", faithful->method);
    add_scores(table, &faithful->map);
    const mien_mean sanity = mien_faithful_sanity(faithful);
    add_cell(table, &faithful->stable);
    add_cell(table, &sanity);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", faithful->map.deletion.count);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%zu", faithful->empty);
    mien_text_table_end_row(table);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", "");
    mien_text_table_cell(table, MIEN_STYLE_FAINT, "the centre");
    add_scores(table, &faithful->centre);
    mien_text_table_end_row(table);
}

// --- JSON ----------------------------------------------------------------------------------------

static void add_mean(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                     const mien_mean *mean) {
    yyjson_mut_val *each = yyjson_mut_obj_add_obj(document, object, key);
    mien_json_add_number(document, each, "mean", mien_mean_value(mean), 6);
    mien_json_add_number(document, each, "margin", mien_mean_margin(mean), 6);
}

static void add_means(yyjson_mut_doc *document, yyjson_mut_val *object,
                      const mien_faithful_scores *scores) {
    add_mean(document, object, "deletion", &scores->deletion);
    add_mean(document, object, "insertion", &scores->insertion);
    add_mean(document, object, "road", &scores->road);
}

void mien_faithful_add_json(yyjson_mut_doc *document, yyjson_mut_val *object,
                            const mien_faithful *faithful) {
    mien_json_add_text(document, object, "method", mien_explain_method_names[faithful->how]);
    if (faithful->error.status != MIEN_OK) {
        mien_json_add_text(document, object, "error", faithful->error.message);
        return;
    }
    yyjson_mut_obj_add_uint(document, object, "measured", faithful->map.deletion.count);
    yyjson_mut_obj_add_uint(document, object, "empty", faithful->empty);
    add_means(document, object, &faithful->map);
    add_mean(document, object, "stable", &faithful->stable);
    const mien_mean sanity = mien_faithful_sanity(faithful);
    add_mean(document, object, "sanity", &sanity);
    mien_json_add_number(document, object, "sanity_empty", mien_faithful_sanity_empty(faithful), 6);
    yyjson_mut_val *centre = yyjson_mut_obj_add_obj(document, object, "centre");
    add_means(document, centre, &faithful->centre);
}
