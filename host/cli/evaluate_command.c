// SPDX-License-Identifier: Apache-2.0
// `mien evaluate`: how often models are right, over a data set.
#include "host/cli/commands.h"
#include "host/cli/evaluator.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"

#include <stdlib.h>

typedef struct {
    const char *split, *classes, *votes, *csv;
    bool flip, json;
    int64_t batch, threads;
    int plan;
} values;

/// Every model of the selection becomes a row; one that cannot be loaded keeps its error there.
static mien_status load_rows(mien_registry *registry, mien_selection *selection, int plan,
                             mien_evaluation *evaluation, mien_error *error) {
    const mien_model_options how = {
        .threads = evaluation->threads, .plan = (mien_plan)plan, .by_picture = true};
    evaluation->rows = calloc(selection->count, sizeof *evaluation->rows);
    if (!evaluation->rows) {
        return mien_fail_memory(error, "an evaluation");
    }
    for (size_t i = 0; i < selection->count; i++) {
        mien_evaluation_row *row = &evaluation->rows[evaluation->count++];
        row->name = selection->names[i];
        selection->names[i] = NULL;
        if (mien_model_load(registry, row->name, &how, &row->model, &row->error) != MIEN_OK) {
            row->model = NULL;
        }
    }
    return MIEN_OK;
}

static mien_status evaluate(mien_registry *registry, const mien_arguments *arguments,
                            mien_evaluation *evaluation, mien_error *error) {
    const values *options = arguments->values;
    mien_selection selection = {0};
    mien_status status = mien_evaluation_find(evaluation, registry, error);
    if (status == MIEN_OK) {
        status = mien_loader_use_threads(evaluation->threads, error);
    }
    if (status == MIEN_OK) {
        status = mien_select_models(registry, arguments->operands, arguments->operand_count - 1,
                                    MIEN_SELECT_ALL, &selection, error);
    }
    if (status == MIEN_OK) {
        status = load_rows(registry, &selection, options->plan, evaluation, error);
    }
    if (status == MIEN_OK) {
        status = mien_evaluation_choose(evaluation, options->classes, error);
    }
    if (status == MIEN_OK) {
        status = mien_evaluator_run(evaluation, error);
    }
    mien_selection_free(&selection);
    return status;
}

static mien_status write_results(const values *options, const mien_evaluation *evaluation,
                                 mien_error *error) {
    mien_status status = options->json ? mien_evaluation_write_json(evaluation, stdout, error)
                                       : mien_evaluation_write_text(evaluation, stdout, error);
    if (status == MIEN_OK && options->csv) {
        status = mien_evaluation_append_csv(evaluation, options->csv, error);
    }
    return status;
}

/// The exit code of rows that were printed: the first model's that failed, else whether pictures
/// could not be used.
static int judge(const mien_evaluation *evaluation) {
    for (size_t i = 0; i < evaluation->count; i++) {
        if (evaluation->rows[i].error.status != MIEN_OK) {
            return mien_exit_code(evaluation->rows[i].error.status);
        }
    }
    return evaluation->unreadable ? MIEN_EXIT_BAD_INPUT : MIEN_EXIT_DONE;
}

/// Each computes pictures of its own, so more than a batch has would wait.
static uint32_t count_threads(const values *options) {
    uint32_t count =
        options->threads ? mien_thread_count(options->threads) : mien_processor_count();
    return options->batch < count ? (uint32_t)options->batch : count;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_evaluation evaluation = {.dataset = arguments->operands[arguments->operand_count - 1],
                                  .split = options->split,
                                  .votes_path = options->votes,
                                  .flip = options->flip,
                                  .batch = (size_t)options->batch,
                                  .threads = count_threads(options)};
    mien_interrupt_watch();
    mien_status status = options->csv ? mien_evaluation_check_csv(options->csv, &error) : MIEN_OK;
    if (status == MIEN_OK) {
        status = mien_registry_create(NULL, &registry, &error);
    }
    if (status == MIEN_OK) {
        status = evaluate(registry, arguments, &evaluation, &error);
    }
    if (status == MIEN_OK) {
        status = write_results(options, &evaluation, &error);
    }
    int code = status == MIEN_OK ? judge(&evaluation) : mien_exit_with("evaluate", status, &error);
    mien_evaluation_clear(&evaluation);
    mien_registry_free(registry);
    return code;
}

static const mien_option options[] = {
    MIEN_TEXT_OPTION(values, classes, "classes", 0, "NAME,...", MIEN_ARGUMENT_OTHER,
                     "the classes that count; unless given, those that the data set and every "
                     "model know"),
    MIEN_TEXT_OPTION(values, split, "split", 's', "NAME", MIEN_ARGUMENT_OTHER,
                     "the split of a data set's manifest"),
    MIEN_TEXT_OPTION(values, votes, "votes", 0, "FILE.csv", MIEN_ARGUMENT_FILE,
                     "FER+ votes: adds the accuracy against the majority of votes, and the crowd's "
                     "own"),
    MIEN_FLAG_OPTION(values, flip, "flip", 0,
                     "average the answers to each picture and its mirror image"),
    MIEN_TEXT_OPTION(values, csv, "csv", 0, "FILE.csv", MIEN_ARGUMENT_FILE,
                     "append a row a model to this table"),
    MIEN_JSON_OPTION(values, "one JSON object instead of tables"),
    MIEN_INTEGER_OPTION(values, batch, "batch", 'b', "N", "32", 1, 1024,
                        "pictures that go through a network at a time"),
    MIEN_INTEGER_OPTION(values, threads, "threads", 't', "N", NULL, 1, 1024,
                        "threads, at most one a processor, each with pictures of its own; one a "
                        "processor unless given"),
    MIEN_PLAN_OPTION(values),
};

static const mien_example examples[] = {
    {"mien evaluate mini-xception fer2013/test", "One model, with its confusion matrix"},
    {"mien evaluate --classes angry,happy,sad --votes fer2013/ferplus.csv fer2013/test",
     "Every model that has weights in one table, beside the people who voted"},
};

const mien_command mien_evaluate_command = {
    .name = "evaluate",
    .summary = "Measure how often models are right, over a data set",
    .operands = "[MODEL]... DATASET",
    .fewest = 1,
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_MODEL,
    .description =
        "DATASET is a folder that has a folder of pictures for each class, or a manifest of kind "
        "dataset. Each MODEL, or every model that has weights, answers for each picture: accuracy, "
        "balanced accuracy, macro F1, log loss, Brier score and expected calibration error come "
        "with 95 % bootstrap intervals; for one model alone also each class's precision and "
        "recall, "
        "and the confusion matrix.\n\nA model that has more classes than count is scored on these "
        "alone, by their names, its probabilities scaled to sum to 1. Pictures of other classes "
        "are left out.\n\nA picture that cannot be used is reported on standard error and the "
        "others go on; the exit status is then 3. A model that fails is a row with its error.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
