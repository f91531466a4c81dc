// SPDX-License-Identifier: Apache-2.0
// `mien compare --data … --json`: the evaluation, and what comparing adds to it.
#include "host/cli/standings.h"

#include "host/cli/json_output.h"

#include <math.h>

enum { DIGITS = 7 };

/// Which of the models stands where: indices, as one may be named twice.
static void add_order(yyjson_mut_doc *document, yyjson_mut_val *object,
                      const mien_standings *standings) {
    yyjson_mut_val *order = yyjson_mut_obj_add_arr(document, object, "order");
    for (size_t i = 0; i < standings->count; i++) {
        yyjson_mut_arr_add_uint(document, order, standings->order[i]);
    }
}

static void add_pair(yyjson_mut_doc *document, yyjson_mut_val *array,
                     const mien_standings *standings, const mien_pair *pair) {
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    const mien_evaluation_row *first = mien_standings_row(standings, pair->first);
    const mien_evaluation_row *second = mien_standings_row(standings, pair->second);
    mien_json_add_text(document, object, "first", first->name);
    mien_json_add_text(document, object, "second", second->name);
    mien_json_add_figure(document, object, "difference", pair->difference, pair->interval);
    yyjson_mut_obj_add_uint(document, object, "first_only", pair->first_only);
    yyjson_mut_obj_add_uint(document, object, "second_only", pair->second_only);
    mien_json_add_number(document, object, "p", pair->p, DIGITS);
    mien_json_add_number(document, object, "p_holm", pair->adjusted, DIGITS);
    yyjson_mut_obj_add_bool(document, object, "apart", pair->adjusted < MIEN_PAIRS_LEVEL);
}

/// What it would take to tell the first two apart; null where they are, or are no two.
static void add_missing(yyjson_mut_doc *document, yyjson_mut_val *object,
                        const mien_standings *standings) {
    if (isnan(standings->missing)) {
        yyjson_mut_obj_add_null(document, object, "missing");
        return;
    }
    yyjson_mut_val *missing = yyjson_mut_obj_add_obj(document, object, "missing");
    if (isinf(standings->missing)) {
        yyjson_mut_obj_add_null(document, missing, "pictures");
    } else {
        yyjson_mut_obj_add_uint(document, missing, "pictures", (uint64_t)standings->missing);
    }
    mien_json_add_number(document, missing, "level", mien_standings_level(standings), DIGITS);
    mien_json_add_number(document, missing, "power", MIEN_STANDINGS_POWER, DIGITS);
}

static void add_disagreement(yyjson_mut_doc *document, yyjson_mut_val *array,
                             const mien_standings *standings, size_t index) {
    const char *const *classes = standings->evaluation->classes;
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    mien_json_add_text(document, object, "picture", mien_standings_picture(standings, index));
    mien_json_add_text(document, object, "label",
                       classes[mien_standings_answer(standings, 0, index).label]);
    mien_json_add_number(document, object, "confidence", standings->disagreements[index].confidence,
                         DIGITS);
    yyjson_mut_val *answers = yyjson_mut_obj_add_arr(document, object, "answers");
    for (size_t i = 0; i < standings->count; i++) {
        mien_answer answer = mien_standings_answer(standings, i, index);
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, answers);
        mien_json_add_text(document, each, "model", mien_standings_row(standings, i)->name);
        mien_json_add_text(document, each, "class", classes[answer.answer]);
        mien_json_add_number(document, each, "probability", answer.confidence, DIGITS);
    }
}

mien_status mien_standings_write_json(const mien_standings *standings, size_t shown, FILE *file,
                                      mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_status status = mien_evaluation_add_json(standings->evaluation, document, object, error);
    add_order(document, object, standings);
    yyjson_mut_val *pairs = yyjson_mut_obj_add_arr(document, object, "pairs");
    for (size_t i = 0; i < mien_pairs_count(standings->count); i++) {
        add_pair(document, pairs, standings, &standings->pairs[i]);
    }
    add_missing(document, object, standings);
    yyjson_mut_obj_add_uint(document, object, "disputed", standings->disputed);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(document, object, "disagreements");
    for (size_t i = 0; i < standings->disputed && i < shown; i++) {
        add_disagreement(document, list, standings, i);
    }
    if (status == MIEN_OK) {
        status = mien_json_write(document, true, file, error);
    }
    yyjson_mut_doc_free(document);
    return status;
}
