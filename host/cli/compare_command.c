// SPDX-License-Identifier: Apache-2.0
// `mien compare`: models side by side on one picture. host/cli/comparison.c prints.
#include "host/cli/commands.h"
#include "host/cli/comparison.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/shared.h"
#include "host/draw.h"
#include "host/probabilities.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_text_list models;
    int64_t threads;
    bool json;
    const char *crop, *draw;
    int plan;
} values;

static const double measured_seconds = 0.25;

static mien_status copy_classes(const mien_model *model, const float *logits,
                                mien_comparison_row *row) {
    size_t count = mien_model_classes(model);
    row->classes = (char **)calloc(count, sizeof *row->classes);
    row->probabilities = calloc(count, sizeof *row->probabilities);
    for (size_t i = 0; row->classes && row->probabilities && i < count; i++) {
        row->classes[i] = strdup(mien_model_class(model, i));
        row->class_count += row->classes[i] != NULL;
    }
    if (row->class_count < count) {
        return mien_fail_memory(&row->error, "a comparison");
    }
    mien_probabilities(logits, count, row->probabilities);
    return MIEN_OK;
}

static void copy_costs(const mien_model *model, mien_comparison_row *row) {
    const mien_graph *graph = mien_model_graph(model);
    row->has_cost = graph != NULL;
    row->cost = graph ? mien_graph_cost(graph) : (mien_cost){0};
    row->weights_bytes = mien_file_bytes(mien_model_weights_path(model));
}

/// Runs the model, measures it, and adds it to the drawing.
static mien_status answer(mien_model *model, const mien_comparison *comparison,
                          mien_drawing *drawing, mien_comparison_row *row) {
    float *input = NULL;
    mien_timing timing = {0};
    float *logits = calloc(mien_model_classes(model), sizeof *logits);
    mien_status status = logits ? mien_picture_input(comparison->picture, mien_model_input(model),
                                                     &input, &row->error)
                                : mien_fail_memory(&row->error, "a comparison");
    if (status == MIEN_OK) {
        status = mien_model_run(model, input, 1, logits, &row->error);
    }
    if (status == MIEN_OK) {
        status = copy_classes(model, logits, row);
    }
    if (status == MIEN_OK) {
        status = mien_time_model(model, input, 1, measured_seconds, &timing, &row->error);
    }
    if (status == MIEN_OK) {
        row->milliseconds = mien_timing_quantile(&timing, 0.5);
        copy_costs(model, row);
        status = mien_drawing_add(drawing, model, logits, &row->error);
    }
    free(timing.milliseconds);
    free(input);
    free(logits);
    return status;
}

static mien_status compare_one(mien_registry *registry, const values *options,
                               const mien_comparison *comparison, mien_drawing *drawing,
                               mien_comparison_row *row) {
    mien_model *model = NULL;
    mien_model_options how = {.threads = comparison->threads, .plan = (mien_plan)options->plan};
    mien_status status = mien_model_load(registry, row->name, &how, &model, &row->error);
    if (status == MIEN_OK) {
        status = answer(model, comparison, drawing, row);
    }
    mien_model_free(model);
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

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_rectangle crop;
    mien_picture picture = {0};
    mien_comparison comparison = {.path = arguments->operands[0],
                                  .picture = &picture,
                                  .threads = mien_thread_count(options->threads)};
    mien_drawing drawing = {.top = MIEN_COMPARISON_DRAWN};
    mien_status failure = MIEN_OK;
    mien_interrupt_watch();
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

static const mien_option options[] = {
    MIEN_MODELS_OPTION(values, "a model to compare, by name or manifest file"),
    MIEN_CROP_OPTION(values),
    MIEN_JSON_OPTION(values, "one JSON object instead of a table"),
    MIEN_TEXT_OPTION(values, draw, "draw", 'd', "FILE.png", MIEN_ARGUMENT_FILE,
                     "draw all answers beside the picture"),
    MIEN_THREADS_OPTION(values),
    MIEN_PLAN_OPTION(values),
};

static const mien_example examples[] = {
    {"mien compare --crop 160,60,130,130 photo.png", "What every trained model sees in a face"},
};

const mien_command mien_compare_command = {
    .name = "compare",
    .summary = "Compare models side by side on a picture",
    .operands = "PICTURE",
    .fewest = 1,
    .most = 1,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "PICTURE is a JPEG or PNG file, or - for standard input; it is decoded once. Without "
        "--model every model that has weights is compared. Probabilities stand under the class's "
        "name, whatever order a model has its classes in. The latency is the median of runs of one "
        "picture over a quarter of a second, without decoding and resizing.\n\nA model that fails "
        "is a row with its error, and the exit status says so at the end.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
