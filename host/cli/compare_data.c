// SPDX-License-Identifier: Apache-2.0
#include "host/cli/compare_data.h"

#include "host/cli/compare_faithful.h"
#include "host/cli/exit_code.h"
#include "host/cli/standings.h"
#include "host/draw.h"

static mien_evaluation_table table_of(const mien_compare_data_options *options) {
    return options->faithfulness ? MIEN_TABLE_FAITHFUL : MIEN_TABLE_COMPARED;
}

static mien_status write_results(const mien_compare_data_options *options,
                                 const mien_standings *standings, mien_error *error) {
    const mien_evaluation *evaluation = standings->evaluation;
    mien_status status = options->json
                             ? mien_standings_write_json(standings, options->shown, stdout, error)
                             : mien_standings_write_text(standings, options->shown, stdout, error);
    if (status == MIEN_OK && !options->json) {
        status = mien_compare_write_faithfulness(evaluation, stdout, error);
    }
    if (status == MIEN_OK && options->csv) {
        status = mien_evaluation_append_csv(evaluation, options->csv, table_of(options), error);
    }
    if (status == MIEN_OK && options->sheet && standings->count) {
        status = mien_standings_write_sheet(standings, options->shown, options->sheet, error);
    }
    return status;
}

/// What would come to nothing in the end had better end at once.
static mien_status check_outputs(const mien_compare_data_options *options, mien_error *error) {
    mien_status status = MIEN_OK;
    if (options->csv) {
        status = mien_evaluation_check_csv(options->csv, table_of(options), error);
    }
    if (status == MIEN_OK && options->sheet) {
        status = mien_drawing_check_path(options->sheet, error);
    }
    return status;
}

static mien_status compare(mien_registry *registry, const mien_compare_data_options *options,
                           mien_evaluation *evaluation, bool *passed, mien_status *failure,
                           mien_error *error) {
    mien_judge *judge = NULL;
    mien_standings standings = {0};
    mien_apart *apart = NULL; // that measures maps
    const mien_judge_grounds grounds = {.votes = options->how->votes != NULL,
                                        .maps = options->faithfulness > 0};
    mien_status status = mien_judge_create(options->judge, &grounds, &judge, error);
    if (status == MIEN_OK) {
        status = check_outputs(options, error);
    }
    if (status == MIEN_OK && options->faithfulness) {
        status = mien_compare_faithfulness_start(registry, evaluation->command, &apart, error);
    }
    if (status == MIEN_OK) {
        status = mien_evaluation_run(evaluation, registry, options->models, options->model_count,
                                     options->how, error);
    }
    if (status == MIEN_OK && options->faithfulness) {
        status =
            mien_compare_faithfulness(evaluation, apart, options->faithfulness, failure, error);
    }
    mien_apart_end(apart);
    if (status == MIEN_OK) {
        status = mien_standings_make(evaluation, &standings, error);
    }
    if (status == MIEN_OK) {
        status = write_results(options, &standings, error);
    }
    if (status == MIEN_OK) {
        status = mien_judge_run(judge, evaluation, passed, error);
    }
    mien_standings_clear(&standings);
    mien_judge_free(judge);
    return status;
}

int mien_compare_data(const mien_compare_data_options *options) {
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    bool passed = true;
    mien_status failure = MIEN_OK; // of a model's maps
    mien_evaluation evaluation = mien_evaluation_begin("compare", options->dataset, options->how);
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = compare(registry, options, &evaluation, &passed, &failure, &error);
    }
    int code = status == MIEN_OK ? mien_evaluation_exit_code(&evaluation, passed)
                                 : mien_exit_with("compare", status, &error);
    code = code == MIEN_EXIT_DONE ? mien_exit_code(failure) : code;
    mien_evaluation_clear(&evaluation);
    mien_registry_free(registry);
    return code;
}
