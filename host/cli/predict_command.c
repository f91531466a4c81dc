// SPDX-License-Identifier: Apache-2.0
// `mien predict`: what models see in pictures.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/predictor.h"
#include "host/cli/text.h"
#include "host/draw.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 4 }; // batches from which on threads share out pictures

typedef struct {
    mien_text_list models;
    int64_t top_k, batch, threads;
    bool json;
    const char *crop, *draw;
    int plan;
} values;

/// Pictures from the operands. One that means none is complained of, in JSON answered for, and
/// counted.
static mien_status expand(const mien_arguments *arguments, mien_paths *paths, size_t *unusable,
                          mien_error *error) {
    for (size_t i = 0; i < arguments->operand_count; i++) {
        mien_status status = mien_paths_add(paths, arguments->operands[i], error);
        if (status == MIEN_OUT_OF_MEMORY) {
            return status;
        }
        if (status != MIEN_OK) {
            const mien_answer_style style = {.json = ((const values *)arguments->values)->json};
            mien_complain("predict", "%s", error->message);
            (*unusable)++;
            status =
                mien_answer_write_problem(&style, arguments->operands[i], error->message, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
    }
    return MIEN_OK;
}

static size_t clean_width(const char *text) {
    char *clean = mien_text_clean(text, false);
    size_t width = clean ? mien_text_width(clean) : 0;
    free(clean);
    return width;
}

static mien_answer_style choose_style(const values *options, const mien_predictor *predictor,
                                      const mien_paths *paths, const mien_rectangle *crop) {
    mien_answer_style style = {.json = options->json,
                               .top = (size_t)options->top_k,
                               .single = paths->count == 1,
                               .crop = crop};
    for (size_t i = 0; i < paths->count && !style.single; i++) {
        size_t width = clean_width(paths->items[i]);
        style.path_width = width > style.path_width ? width : style.path_width;
    }
    for (size_t i = 0; i < predictor->model_count; i++) {
        size_t width = clean_width(predictor->models[i].name);
        style.model_width = width > style.model_width ? width : style.model_width;
    }
    if (predictor->model_count == 1 && !style.single) {
        style.model_width = 0;
    }
    return style;
}

/// One picture, printed and drawn.
static mien_status predict_and_draw(mien_predictor *predictor, const char *path,
                                    const values *options, mien_error *error) {
    mien_picture picture;
    mien_drawing drawing = {.crop = predictor->style.crop, .top = (size_t)options->top_k};
    mien_status status = mien_picture_read(path, predictor->style.crop, &picture, error);
    for (size_t i = 0; i < predictor->model_count && status == MIEN_OK; i++) {
        mien_predictor_model *each = &predictor->models[i];
        mien_batch input = {0};
        status = mien_picture_batch(&picture, each->model, &input, error);
        if (status == MIEN_OK) {
            status =
                mien_answerer_run(each->model, mien_batch_inputs(&input), 1, each->logits, error);
        }
        mien_batch_clear(&input);
        if (status == MIEN_OK) {
            mien_answer_picture what = {path, picture.whole.height, picture.whole.width};
            status = mien_answer_write(&predictor->style, &what, each->name, each->model,
                                       each->logits, error);
        }
        if (status == MIEN_OK) {
            status =
                mien_drawing_add_logits(&drawing, each->name, each->model, each->logits, error);
        }
    }
    if (status == MIEN_OK) {
        status = mien_drawing_write(&drawing, &picture.whole, options->draw, error);
    }
    mien_drawing_clear(&drawing);
    mien_picture_clear(&picture);
    return status;
}

static mien_status predict(mien_registry *registry, const values *options, const mien_paths *paths,
                           const mien_rectangle *crop, size_t *unusable, mien_error *error) {
    mien_selection selection = {0};
    mien_predictor predictor = {0};
    size_t batch = (size_t)options->batch < paths->count ? (size_t)options->batch : paths->count;
    uint32_t processors = mien_processor_count();
    // Worth the other contexts' making only where they are used often.
    bool many = paths->count / MANY >= batch;
    mien_model_options how = {
        .threads = many && !options->threads ? processors : mien_thread_count(options->threads),
        .plan = (mien_plan)options->plan};
    how.by_picture = many && batch >= how.threads;
    mien_status status =
        mien_loader_use_threads(options->threads ? how.threads : processors, error);
    if (status == MIEN_OK) {
        status = mien_select_models(registry, options->models.items, options->models.count,
                                    MIEN_SELECT_FIRST, &selection, error);
    }
    if (status == MIEN_OK) {
        status = mien_predictor_open(registry, &selection, &how, batch, &predictor, error);
    }
    if (status == MIEN_OK) {
        predictor.style = choose_style(options, &predictor, paths, crop);
        status = options->draw ? predict_and_draw(&predictor, paths->items[0], options, error)
                               : mien_predictor_run(&predictor, paths, unusable, error);
    }
    mien_predictor_close(&predictor);
    mien_selection_free(&selection);
    return status;
}

static mien_status prepare(const mien_arguments *arguments, mien_rectangle *crop, mien_paths *paths,
                           size_t *unusable, mien_error *error) {
    const values *options = arguments->values;
    mien_status status = options->crop ? mien_parse_crop(options->crop, crop, error) : MIEN_OK;
    if (status == MIEN_OK && options->draw) {
        status = mien_drawing_check_path(options->draw, error);
    }
    if (status == MIEN_OK) {
        status = expand(arguments, paths, unusable, error);
    }
    if (status == MIEN_OK && options->draw && paths->count > 1) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--draw takes one picture, but these are %zu", paths->count);
    }
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_paths paths = {0};
    mien_rectangle crop;
    size_t unusable = 0;
    mien_interrupt_watch();
    mien_status status = prepare(arguments, &crop, &paths, &unusable, &error);
    if (status == MIEN_OK && paths.count) {
        status = mien_registry_create(NULL, &registry, &error);
    }
    if (status == MIEN_OK && paths.count) {
        status =
            predict(registry, options, &paths, options->crop ? &crop : NULL, &unusable, &error);
    }
    mien_registry_free(registry);
    mien_paths_free(&paths);
    if (status != MIEN_OK) {
        return mien_exit_with("predict", status, &error);
    }
    return unusable ? MIEN_EXIT_BAD_INPUT : MIEN_EXIT_DONE;
}

static const mien_option options[] = {
    MIEN_MODELS_OPTION(values, "the model that answers, by name or manifest file"),
    MIEN_INTEGER_OPTION(values, top_k, "top-k", 'k', "N", "3", 1, 1000,
                        "classes shown, the likeliest first"),
    MIEN_CROP_OPTION(values),
    MIEN_JSON_OPTION(values, "one JSON object a picture and model, one a line"),
    MIEN_TEXT_OPTION(values, draw, "draw", 'd', "FILE.png", MIEN_ARGUMENT_FILE,
                     "draw the answers beside the picture (one picture only)"),
    MIEN_INTEGER_OPTION(values, batch, "batch", 'b', "N", "8", 1, 1024,
                        "pictures that go through the network at a time"),
    MIEN_INTEGER_OPTION(values, threads, "threads", 't', "N", NULL, 1, 1024,
                        "threads, at most one a processor; unless given, 1 for a few pictures, and "
                        "for many all processors, each with pictures of its own"),
    MIEN_PLAN_OPTION(values),
};

static const mien_example examples[] = {
    {"mien predict face.jpg", "What the first model that has weights sees"},
    {"mien predict -m mini-xception --json faces/ >answers.jsonl", "A whole folder, for a script"},
    {"mien predict --crop 160,60,130,130 --draw answer.png photo.png",
     "The face in a photo, drawn beside it"},
};

const mien_command mien_predict_command = {
    .name = "predict",
    .summary = "Say what models see in pictures",
    .operands = "PICTURE...",
    .fewest = 1,
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "PICTURE is a JPEG or PNG file, a folder (with its sub-folders), a quoted pattern, or - "
        "for standard input. The models classify faces: give them the face, or where it is with "
        "--crop.\n\nWithout --model the first model by name that has weights answers. Given more "
        "than once, each answers; pictures are decoded once. Threads share out many pictures, and "
        "compute a few together.\n\nA picture that cannot be used is "
        "reported on standard error and the others go on; the exit status is then 3.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
