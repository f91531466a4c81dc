// SPDX-License-Identifier: Apache-2.0
// `mien compare`: models side by side, on one picture or over a data set. host/cli/comparison.c
// prints the one, host/cli/compare_data.c does the other.
#include "host/cli/commands.h"
#include "host/cli/compare_data.h"
#include "host/cli/comparison.h"
#include "host/cli/exit_code.h"
#include "host/cli/guest.h"
#include "host/cli/interrupt.h"
#include "host/cli/shared.h"
#include "host/draw.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_text_list models;
    mien_evaluation_options how; ///< threads and plan are both forms'
    mien_judge_options judge;
    int64_t disagreements, faithfulness;
    bool json;
    const char *crop, *draw, *data, *csv, *sheet;
} values;

static const double measured_seconds = 0.25;

/// Asks for the probabilities of all the model's classes.
static mien_status ask(mien_guest *model, const mien_picture *picture, mien_error *error) {
    const size_t count = mien_guest_classes(model);
    size_t *columns = calloc(count, sizeof *columns);
    double seconds = 0;
    mien_status status = columns ? MIEN_OK : mien_fail_memory(error, "a comparison");
    for (size_t i = 0; columns && i < count; i++) {
        columns[i] = i;
    }
    if (status == MIEN_OK) {
        const mien_guest_task task = {.batch = 1, .columns = columns, .classes = count};
        status = mien_guest_prepare(model, &task, error);
    }
    if (status == MIEN_OK) {
        status = mien_guest_put_image(model, 0, mien_picture_part(picture), error);
    }
    if (status == MIEN_OK) {
        status = mien_guest_answer(model, 1, &seconds, error);
    }
    free(columns);
    return status;
}

static mien_status copy_answer(const mien_guest *model, mien_comparison_row *row) {
    const size_t count = mien_guest_classes(model);
    row->classes = (char **)calloc(count, sizeof *row->classes);
    row->probabilities = calloc(count, sizeof *row->probabilities);
    for (size_t i = 0; row->classes && row->probabilities && i < count; i++) {
        row->classes[i] = strdup(mien_guest_class(model, i));
        row->class_count += row->classes[i] != NULL;
    }
    if (row->class_count < count) {
        return mien_fail_memory(&row->error, "a comparison");
    }
    memcpy(row->probabilities, mien_guest_shares(model), count * sizeof *row->probabilities);
    return MIEN_OK;
}

static mien_status copy_costs(mien_guest *model, mien_comparison_row *row) {
    mien_answerer_size size;
    mien_status status = mien_guest_measure(model, &size, &row->error);
    if (status == MIEN_OK) {
        row->has_cost = size.has_graph;
        row->cost = (mien_cost){.parameters = size.parameters, .multiply_adds = size.multiply_adds};
        row->weights_bytes = size.weights_bytes;
    }
    return status;
}

/// Asks the model and measures it.
static mien_status answer(mien_guest *model, const mien_picture *picture,
                          mien_comparison_row *row) {
    mien_timing timing = {0};
    mien_status status = ask(model, picture, &row->error);
    if (status == MIEN_OK) {
        status = copy_answer(model, row);
    }
    if (status == MIEN_OK) {
        status = mien_guest_time(model, measured_seconds, &timing, &row->error);
    }
    if (status == MIEN_OK) {
        row->milliseconds = mien_timing_quantile(&timing, 0.5);
        status = copy_costs(model, row);
    }
    free(timing.milliseconds);
    return status == MIEN_OK ? mien_guest_close(model, &row->error) : status;
}

static mien_status compare_one(mien_registry *registry, const values *options,
                               const mien_comparison *comparison, mien_drawing *drawing,
                               mien_comparison_row *row) {
    mien_guest *model = NULL;
    mien_model_options how = {.threads = comparison->threads, .plan = (mien_plan)options->how.plan};
    mien_status status = mien_guest_create(registry, row->name, &model, &row->error);
    if (status == MIEN_OK) {
        status = mien_guest_load(model, &how, &row->error);
    }
    if (status == MIEN_OK) {
        status = answer(model, comparison->picture, row);
    }
    if (status == MIEN_OK) {
        status = mien_drawing_add(drawing, row->name, (const char *const *)row->classes,
                                  row->probabilities, row->class_count, &row->error);
    }
    mien_guest_free(model);
    row->error.status = status;
    return status;
}

/// Fills the rows; `*failure` is the status of the first model that failed. A model that fails does
/// not stop the others.
static mien_status compare(mien_registry *registry, const values *options,
                           mien_comparison *comparison, mien_drawing *drawing, mien_status *failure,
                           mien_error *error) {
    mien_selection selection = {0};
    mien_status status = mien_select_models(registry, options->models.items, options->models.count,
                                            MIEN_SELECT_ALL, &selection, error);
    if (status == MIEN_OK) {
        comparison->rows = calloc(selection.count, sizeof *comparison->rows);
        status = comparison->rows ? MIEN_OK : mien_fail_memory(error, "a comparison");
    }
    for (size_t i = 0; i < selection.count && status == MIEN_OK; i++) {
        mien_comparison_row *row = &comparison->rows[comparison->count];
        row->name = selection.names[i];
        selection.names[i] = NULL;
        comparison->count++;
        mien_status result = compare_one(registry, options, comparison, drawing, row);
        *failure = *failure == MIEN_OK ? result : *failure;
        if (result == MIEN_CANCELLED || mien_interrupted()) {
            status = mien_fail(error, MIEN_CANCELLED, "interrupted");
        }
    }
    mien_selection_free(&selection);
    return status;
}

static mien_status compare_and_write(const mien_arguments *arguments, mien_comparison *comparison,
                                     mien_drawing *drawing, mien_status *failure,
                                     mien_error *error) {
    const values *options = arguments->values;
    mien_registry *registry = NULL;
    mien_status status = mien_registry_create(NULL, &registry, error);
    if (status == MIEN_OK) {
        status = compare(registry, options, comparison, drawing, failure, error);
    }
    if (status == MIEN_OK) {
        status = options->json ? mien_comparison_write_json(comparison, stdout, error)
                               : mien_comparison_write_table(comparison, stdout, error);
    }
    if (status == MIEN_OK && options->draw && drawing->count) {
        status = mien_drawing_write(drawing, &comparison->picture->whole, options->draw, error);
    }
    mien_registry_free(registry);
    return status;
}

static int compare_picture(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_rectangle crop;
    mien_picture picture = {0};
    mien_comparison comparison = {.path = arguments->operands[0],
                                  .picture = &picture,
                                  .threads = mien_thread_count(options->how.threads)};
    mien_drawing drawing = {.top = MIEN_COMPARISON_DRAWN};
    mien_status failure = MIEN_OK;
    mien_status status = options->crop ? mien_parse_crop(options->crop, &crop, &error) : MIEN_OK;
    if (status == MIEN_OK && options->draw) {
        status = mien_drawing_check_path(options->draw, &error);
    }
    if (status == MIEN_OK) {
        comparison.crop = drawing.crop = options->crop ? &crop : NULL;
        status = mien_picture_read(comparison.path, comparison.crop, &picture, &error);
    }
    if (status == MIEN_OK) {
        status = compare_and_write(arguments, &comparison, &drawing, &failure, &error);
    }
    mien_drawing_clear(&drawing);
    mien_comparison_clear(&comparison);
    mien_picture_clear(&picture);
    return status == MIEN_OK ? mien_exit_code(failure) : mien_exit_with("compare", status, &error);
}

// --- Over a data set -----------------------------------------------------------------------------

static bool is_for_data(const values *options) {
    const mien_evaluation_options *how = &options->how;
    const mien_judge_options *judge = &options->judge;
    bool judged = judge->fail_if.count || judge->baseline || judge->tolerances.count ||
                  judge->significant || judge->junit;
    return judged || how->classes || how->split || how->votes || how->flip || options->csv ||
           options->sheet || options->faithfulness;
}

/// An option of the other form would be passed over in silence.
static mien_status check_form(const mien_arguments *arguments, mien_error *error) {
    const values *options = arguments->values;
    if (options->data) {
        return options->crop || options->draw
                   ? mien_fail(error, MIEN_INVALID_ARGUMENT,
                               "--crop and --draw go with a PICTURE, not with --data")
                   : MIEN_OK;
    }
    if (arguments->operand_count != 1) {
        return mien_fail(
            error, MIEN_INVALID_ARGUMENT,
            "takes one PICTURE, or MODELs and --data DATASET; see 'mien help compare'");
    }
    return is_for_data(options)
               ? mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "of the options only --model, --crop, --json, --draw, --threads and "
                           "--plan go with a PICTURE; the others need --data DATASET")
               : MIEN_OK;
}

/// Models may be operands or given with --model.
static int compare_over_data(const mien_arguments *arguments) {
    const values *options = arguments->values;
    size_t count = arguments->operand_count + options->models.count;
    const char **models = (const char **)calloc(count + 1, sizeof *models);
    if (!models) {
        mien_error error = MIEN_ERROR_INIT;
        mien_status status = mien_fail_memory(&error, "a list of models");
        return mien_exit_with("compare", status, &error);
    }
    for (size_t i = 0; i < count; i++) {
        models[i] = i < arguments->operand_count
                        ? arguments->operands[i]
                        : options->models.items[i - arguments->operand_count];
    }
    int code = mien_compare_data(
        &(const mien_compare_data_options){.dataset = options->data,
                                           .how = &options->how,
                                           .judge = &options->judge,
                                           .models = models,
                                           .model_count = count,
                                           .shown = (size_t)options->disagreements,
                                           .faithfulness = (size_t)options->faithfulness,
                                           .json = options->json,
                                           .csv = options->csv,
                                           .sheet = options->sheet});
    free((void *)models);
    return code;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_interrupt_watch();
    mien_status status = check_form(arguments, &error);
    return status != MIEN_OK ? mien_exit_with("compare", status, &error)
           : options->data   ? compare_over_data(arguments)
                             : compare_picture(arguments);
}

static const mien_option options[] = {
    MIEN_MODELS_OPTION(values, "a model to compare, by name or manifest file"),
    MIEN_TEXT_OPTION(values, data, "data", 0, "DATASET", MIEN_ARGUMENT_FOLDER,
                     "compare over a data set: a folder that has a folder of pictures for each "
                     "class, or a manifest of kind dataset"),
    MIEN_CROP_OPTION(values),
    MIEN_JSON_OPTION(values, "one JSON object instead of tables"),
    MIEN_TEXT_OPTION(values, draw, "draw", 'd', "FILE.png", MIEN_ARGUMENT_FILE,
                     "draw all answers beside the picture"),
    MIEN_INTEGER_OPTION(values, how.threads, "threads", 't', "N", NULL, 1, 1024,
                        "threads, at most one a processor: that a network runs on, 1 unless given; "
                        "with --data each has pictures of its own, one a processor unless given"),
    MIEN_CHOICE_OPTION(values, how.plan, "plan", 'p', "PLAN", mien_plan_names, MIEN_PLAN_HELP),
    MIEN_EVALUATION_OPTIONS(values),
    MIEN_NUMBER_OPTION(values, how.seconds, "seconds", 0, "SECONDS", "1", 0.001, 3600,
                       "time for measuring each model's latency"),
    MIEN_INTEGER_OPTION(values, disagreements, "disagreements", 0, "N", "5", 0,
                        MIEN_COMPARE_DATA_MOST_SHOWN,
                        "pictures to list that models answer differently, the surest "
                        "contradictions first"),
    MIEN_INTEGER_OPTION(values, faithfulness, "faithfulness", 0, "N", "0", 0, 1000000,
                        "measure how faithful each model's maps are on N pictures, as 'mien "
                        "explain --measure' does, by grad-cam, or occlusion where a plugin has no "
                        "graph; 0: not at all"),
    MIEN_TEXT_OPTION(values, sheet, "sheet", 0, "FILE.png", MIEN_ARGUMENT_FILE,
                     "draw these pictures and what each model says of them"),
    MIEN_TEXT_OPTION(values, csv, "csv", 0, "FILE.csv", MIEN_ARGUMENT_FILE,
                     "append a row a model to this table"),
    MIEN_JUDGE_OPTIONS(values, "model", "FILE.csv", "this table, which --csv wrote before"),
};

static const mien_example examples[] = {
    {"mien compare --crop 160,60,130,130 photo.png", "What every trained model sees in a face"},
    {"mien compare --data fer2013/test", "Which of them is the best, and whether that is luck"},
    {"mien compare --data fer2013/test --disagreements 12 --sheet sheet.png cnn-baseline "
     "mini-xception",
     "The faces that two models contradict each other on"},
};

const mien_command mien_compare_command = {
    .name = "compare",
    .summary = "Compare models side by side, on a picture or a data set",
    .operands = "PICTURE | [MODEL]... --data DATASET",
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "PICTURE is a JPEG or PNG file, or - for standard input; it is decoded once. Without "
        "--model every model that has weights is compared. Probabilities stand under the class's "
        "name, whatever order a model has its classes in. The latency is the median of runs of one "
        "picture over a quarter of a second, without decoding and resizing.\n\nWith --data the "
        "models answer for each picture of DATASET, in one pass, as in 'mien evaluate', and are "
        "ranked by their accuracy. Models that the pictures do not tell apart share a rank: each "
        "two are compared on the same pictures by McNemar's exact test, with Holm's correction "
        "where there are more than two. A mark says which models nothing else beats in both "
        "accuracy and latency. Then come the pictures that models contradict each other on."
        "\n\nA model that fails is a row with its error, and the exit status says so at the end.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
