// SPDX-License-Identifier: Apache-2.0
// `mien evaluate --json`.
#include "host/cli/evaluation.h"

#include "host/cli/evaluation_members.h"
#include "host/cli/json_output.h"
#include "host/cli/results_schema.h"
#include "host/cli/scores_json.h"

enum { DIGITS = 7 };

static const char *const figure_keys[MIEN_FIGURE_COUNT] = {
    [MIEN_FIGURE_ACCURACY] = "accuracy", [MIEN_FIGURE_BALANCED_ACCURACY] = "balanced_accuracy",
    [MIEN_FIGURE_MACRO_F1] = "macro_f1", [MIEN_FIGURE_LOG_LOSS] = "log_loss",
    [MIEN_FIGURE_BRIER] = "brier",       [MIEN_FIGURE_CALIBRATION_ERROR] = "calibration_error",
};

static void add_names(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                      const char *const *names, size_t count) {
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, key);
    for (size_t i = 0; i < count; i++) {
        yyjson_mut_arr_append(array, mien_json_text(document, names[i]));
    }
}

/// Sizes and counts that are not there are left out.
static void add_count(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                      uint64_t value, bool known) {
    if (known) {
        yyjson_mut_obj_add_uint(document, object, key, value);
    }
}

static void add_costs(yyjson_mut_doc *document, yyjson_mut_val *object,
                      const mien_evaluation_row *row) {
    const mien_costs *costs = &row->costs;
    yyjson_mut_obj_add_uint(document, object, "rank", row->rank);
    yyjson_mut_obj_add_bool(document, object, "pareto", row->front);
    mien_json_add_number(document, object, "p50_ms", costs->p50_ms, 6);
    mien_json_add_number(document, object, "p95_ms", costs->p95_ms, 6);
    yyjson_mut_obj_add_uint(document, object, "runs", costs->runs);
    add_count(document, object, "parameters", costs->parameters, costs->has_graph);
    add_count(document, object, "multiply_adds", costs->multiply_adds, costs->has_graph);
    add_count(document, object, "weights_bytes", costs->weights_bytes, costs->weights_bytes > 0);
    add_count(document, object, "packed_bytes", costs->packed_bytes, costs->packed_bytes > 0);
    add_count(document, object, "arena_bytes", costs->arena_bytes, costs->arena_bytes > 0);
    uint64_t memory = mien_costs_memory(costs);
    add_count(document, object, "memory_bytes", memory, memory > 0);
}

static mien_status add_row(yyjson_mut_doc *document, yyjson_mut_val *array,
                           const mien_evaluation *evaluation, const mien_evaluation_row *row,
                           mien_error *error) {
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    mien_json_add_text(document, object, "model", row->name);
    if (row->error.status != MIEN_OK) {
        mien_json_add_text(document, object, "error", row->error.message);
        return MIEN_OK;
    }
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        mien_json_add_figure(document, object, figure_keys[i], row->figures[i], row->intervals[i]);
    }
    if (evaluation->votes_path) {
        mien_json_add_figure(document, object, "majority_accuracy", row->consensus_accuracy,
                             row->consensus_interval);
    }
    mien_json_add_number(document, object, "pictures_per_second", mien_evaluation_rate(row), 6);
    if (row->rank) {
        add_costs(document, object, row);
    }
    if (row->faithful) {
        mien_faithful_add_json(document, yyjson_mut_obj_add_obj(document, object, "faithfulness"),
                               row->faithful);
    }
    mien_evaluation_add_members(row, document, object);
    yyjson_mut_obj_add_uint(document, object, "model_classes", mien_guest_classes(row->guest));
    return mien_json_add_scores(document, object, row->scores, evaluation->classes, row->classes,
                                row->bins, error);
}

static void add_subject(yyjson_mut_doc *document, yyjson_mut_val *object,
                        const mien_evaluation *evaluation) {
    yyjson_mut_obj_add_uint(document, object, "schema", MIEN_RESULTS_SCHEMA);
    mien_json_add_text(document, object, "dataset", evaluation->dataset);
    mien_json_add_text(document, object, "split", evaluation->split);
    add_names(document, object, "classes", evaluation->classes, evaluation->class_count);
    yyjson_mut_obj_add_uint(document, object, "pictures", mien_evaluation_pictures(evaluation));
    yyjson_mut_obj_add_uint(document, object, "unreadable", evaluation->unreadable);
    yyjson_mut_obj_add_uint(document, object, "fitted_to", evaluation->fitted_to);
    yyjson_mut_obj_add_bool(document, object, "flip", evaluation->flip);
    yyjson_mut_obj_add_str(document, object, "corruption",
                           mien_corruption_text(evaluation->corruption.kind));
    yyjson_mut_obj_add_uint(document, object, "severity", evaluation->corruption.severity);
    yyjson_mut_obj_add_uint(document, object, "seed", evaluation->corruption.seed);
    yyjson_mut_obj_add_uint(document, object, "batch", evaluation->batch);
    yyjson_mut_obj_add_uint(document, object, "threads", evaluation->threads);
    if (evaluation->votes_path && mien_evaluation_scored(evaluation)) {
        yyjson_mut_val *votes = yyjson_mut_obj_add_obj(document, object, "votes");
        mien_json_add_text(document, votes, "file", evaluation->votes_path);
        yyjson_mut_obj_add_uint(document, votes, "pictures", evaluation->crowd.pictures);
        yyjson_mut_obj_add_uint(document, votes, "majorities", evaluation->crowd.majorities);
        mien_json_add_figure(document, votes, "crowd_accuracy", evaluation->crowd.accuracy,
                             evaluation->crowd.interval);
    }
}

mien_status mien_evaluation_add_json(const mien_evaluation *evaluation, yyjson_mut_doc *document,
                                     yyjson_mut_val *object, mien_error *error) {
    add_subject(document, object, evaluation);
    yyjson_mut_val *rows = yyjson_mut_obj_add_arr(document, object, "models");
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < evaluation->count && status == MIEN_OK; i++) {
        status = add_row(document, rows, evaluation, &evaluation->rows[i], error);
    }
    return status;
}

mien_status mien_evaluation_write_json(const mien_evaluation *evaluation, FILE *file,
                                       mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_status status = mien_evaluation_add_json(evaluation, document, object, error);
    if (status == MIEN_OK) {
        status = mien_json_write(document, true, file, error);
    }
    yyjson_mut_doc_free(document);
    return status;
}
