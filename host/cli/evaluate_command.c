// SPDX-License-Identifier: Apache-2.0
// `mien evaluate`: how often models are right, over a data set.
#include "host/cli/commands.h"
#include "host/cli/evaluation_run.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/judge.h"

typedef struct {
    mien_evaluation_options how;
    mien_judge_options judge;
    const char *csv, *corruption;
    int64_t seed;
    bool json;
} values;

/// Tables do not say what was done to the pictures, so that rows of damaged ones would pass for
/// others'.
static mien_status read_damage(const values *options, mien_evaluation_options *how,
                               mien_error *error) {
    if (!options->corruption) {
        return MIEN_OK;
    }
    if (options->csv || options->judge.baseline) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--corruption goes with neither --csv nor --baseline, whose tables do not "
                         "tell damaged pictures; 'mien sweep' keeps rows that do");
    }
    mien_status status = mien_corruption_parse(options->corruption, &how->corruption, error);
    how->corruption.seed =
        mien_corruption_draws(how->corruption.kind) ? (uint32_t)options->seed : 0;
    return status == MIEN_OK ? status : mien_error_context(error, status, "--corruption");
}

static mien_status write_results(const values *options, const mien_evaluation *evaluation,
                                 mien_error *error) {
    mien_status status = options->json ? mien_evaluation_write_json(evaluation, stdout, error)
                                       : mien_evaluation_write_text(evaluation, stdout, error);
    if (status == MIEN_OK && options->csv) {
        status = mien_evaluation_append_csv(evaluation, options->csv, MIEN_TABLE_EVALUATED, error);
    }
    return status;
}

/// A gate on latency has it measured, for as long as `mien compare` does.
static const double measured_seconds = 1;

static mien_status evaluate(mien_registry *registry, const mien_arguments *arguments,
                            mien_evaluation_options how, mien_evaluation *evaluation, bool *passed,
                            mien_error *error) {
    const values *options = arguments->values;
    mien_judge *judge = NULL;
    const mien_judge_grounds grounds = {.votes = how.votes != NULL};
    mien_status status = mien_judge_create(&options->judge, &grounds, &judge, error);
    if (status == MIEN_OK && options->csv) {
        status = mien_evaluation_check_csv(options->csv, MIEN_TABLE_EVALUATED, error);
    }
    if (status == MIEN_OK) {
        how.seconds = mien_judge_needs_costs(judge) ? measured_seconds : 0;
        status = mien_evaluation_run(evaluation, registry, arguments->operands,
                                     arguments->operand_count - 1, &how, error);
    }
    if (status == MIEN_OK) {
        status = write_results(options, evaluation, error);
    }
    if (status == MIEN_OK) {
        status = mien_judge_run(judge, evaluation, passed, error);
    }
    mien_judge_free(judge);
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    bool passed = true;
    mien_evaluation_options how = options->how;
    mien_status status = read_damage(options, &how, &error);
    mien_evaluation evaluation =
        mien_evaluation_begin("evaluate", arguments->operands[arguments->operand_count - 1], &how);
    mien_interrupt_watch();
    if (status == MIEN_OK) {
        status = mien_registry_create(NULL, &registry, &error);
    }
    if (status == MIEN_OK) {
        status = evaluate(registry, arguments, how, &evaluation, &passed, &error);
    }
    int code = status == MIEN_OK ? mien_evaluation_exit_code(&evaluation, passed)
                                 : mien_exit_with("evaluate", status, &error);
    mien_evaluation_clear(&evaluation);
    mien_registry_free(registry);
    return code;
}

static const mien_option options[] = {
    MIEN_EVALUATION_OPTIONS(values),
    MIEN_TEXT_OPTION(values, corruption, "corruption", 0, "NAME:SEVERITY", MIEN_ARGUMENT_OTHER,
                     "damage every picture first: blur, noise, jpeg, brightness, rotation or "
                     "occlusion, and 1 to 5"),
    MIEN_INTEGER_OPTION(values, seed, "seed", 0, "N", "0", 0, 4294967295,
                        "of noise, rotation and occlusion"),
    MIEN_TEXT_OPTION(values, csv, "csv", 0, "FILE.csv", MIEN_ARGUMENT_FILE,
                     "append a row a model to this table"),
    MIEN_JSON_OPTION(values, "one JSON object instead of tables"),
    MIEN_INTEGER_OPTION(values, how.threads, "threads", 't', "N", NULL, 1, 1024,
                        "threads, at most one a processor, each with pictures of its own; one a "
                        "processor unless given"),
    MIEN_CHOICE_OPTION(values, how.plan, "plan", 'p', "PLAN", mien_plan_names, MIEN_PLAN_HELP),
    MIEN_JUDGE_OPTIONS(values, "model", "FILE.csv", "this table, which --csv wrote before"),
};

static const mien_example examples[] = {
    {"mien evaluate mini-xception fer2013/test", "One model, with its confusion matrix"},
    {"mien evaluate --classes angry,happy,sad --votes fer2013/ferplus.csv fer2013/test",
     "Every model that has weights in one table, beside the people who voted"},
    {"mien evaluate --fail-if 'accuracy < 0.6' --junit report.xml mini-xception fer2013/test",
     "For continuous integration"},
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
        "and the confusion matrix, and of an ensemble what each member adds and how much each two "
        "differ.\n\nA model that has more classes than count is scored on these "
        "alone, by their names, its probabilities scaled to sum to 1. Pictures of other classes "
        "are left out, as are pictures that an ensemble of the table was fitted to ('mien "
        "fit').\n\nA picture that cannot be used is reported on standard error and the "
        "others go on; the exit status is then 3. A model that fails is a row with its error.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
