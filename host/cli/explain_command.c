// SPDX-License-Identifier: Apache-2.0
// `mien explain`: where models look.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/explain_dataset.h"
#include "host/cli/explain_measure.h"
#include "host/cli/explaining.h"
#include "host/cli/interrupt.h"
#include "host/draw.h"

#include <string.h>

typedef struct {
    mien_text_list models, layers, smooth;
    int method;
    int64_t masks, threads, sample;
    bool json, measure;
    const char *class_name, *crop, *draw, *save, *split;
} values;

static mien_status read_smoothing(const values *options, mien_explain_options *how,
                                  mien_error *error) {
    for (size_t i = 0; i < options->smooth.count; i++) {
        const char *what = options->smooth.items[i];
        if (strcmp(what, "flips") == 0) {
            how->flips = true;
        } else if (strcmp(what, "principal") == 0) {
            how->principal = true;
        } else {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "--smooth %.64s: it is flips or principal", what);
        }
    }
    if (how->principal && how->method > MIEN_LAYER_CAM) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--smooth principal goes with methods that sum over channels: grad-cam, "
                         "grad-cam++, hires-cam and layer-cam");
    }
    return MIEN_OK;
}

static mien_status check_measuring(const values *options, mien_error *error) {
    if (options->measure && (options->draw || options->save)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--measure writes no maps; leave out --draw and --save");
    }
    return options->split && !options->measure
               ? mien_fail(error, MIEN_INVALID_ARGUMENT, "--split goes with --measure")
               : MIEN_OK;
}

static bool lists_layers(const values *options) {
    return options->layers.count == 1 && strcmp(options->layers.items[0], "list") == 0;
}

/// A layer that the method passes over would be thought to be looked at, and one given twice to be
/// two.
static mien_status check_layers(const values *options, mien_error *error) {
    const mien_text_list *layers = &options->layers;
    if (layers->count && options->method > MIEN_EIGEN_CAM && !lists_layers(options)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--layer goes with methods that look at layers: grad-cam, grad-cam++, "
                         "hires-cam, layer-cam and eigen-cam");
    }
    for (size_t i = 1; i < layers->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(layers->items[i], layers->items[k]) == 0) {
                return mien_fail(error, MIEN_INVALID_ARGUMENT,
                                 "--layer %.64s is given twice; name each layer once",
                                 layers->items[i]);
            }
        }
    }
    return MIEN_OK;
}

static mien_status list_layers(mien_registry *registry, const mien_selection *selection, bool json,
                               mien_error *error) {
    mien_status first = MIEN_OK;
    for (size_t i = 0; i < selection->count; i++) {
        mien_model *model = NULL;
        mien_status status = mien_model_load(registry, selection->names[i], NULL, &model, error);
        if (status == MIEN_OK) {
            status = mien_explaining_list_layers(selection->names[i], model, json, error);
        }
        mien_model_free(model);
        if (status != MIEN_OK && i + 1 < selection->count) {
            mien_complain("explain", "%s", error->message);
        }
        first = first == MIEN_OK ? status : first;
    }
    return first;
}

/// Pictures from the operands. One that means none is complained of, in JSON answered for, and
/// counted.
static mien_status expand(const mien_explaining *explaining, const mien_arguments *arguments,
                          const mien_registry *registry, mien_paths *paths, size_t *unusable,
                          mien_error *error) {
    const values *options = arguments->values;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < arguments->operand_count && status == MIEN_OK; i++) {
        const char *operand = arguments->operands[i];
        status = options->measure
                     ? mien_explain_add_pictures(registry, operand, options->split, paths, error)
                     : mien_paths_add(paths, operand, error);
        if (status != MIEN_OK && status != MIEN_OUT_OF_MEMORY && status != MIEN_INVALID_ARGUMENT) {
            mien_complain("explain", "%s", error->message);
            (*unusable)++;
            status = mien_explaining_write_problem(explaining, operand, error->message, error);
        }
    }
    return status;
}

static mien_status look(mien_explaining *explaining, const mien_paths *paths, const values *options,
                        size_t *unusable, mien_error *error) {
    if (paths->count == 0) {
        return MIEN_OK;
    }
    return options->measure
               ? mien_explain_measure(explaining, paths, (size_t)options->sample, unusable, error)
               : mien_explaining_run(explaining, paths, unusable, error);
}

static mien_status explain(mien_explaining *explaining, const mien_arguments *arguments,
                           mien_registry *registry, const mien_selection *selection,
                           size_t *unusable, mien_error *error) {
    mien_paths paths = {0};
    mien_status status = expand(explaining, arguments, registry, &paths, unusable, error);
    if (status == MIEN_OK && explaining->options.draw && paths.count > MIEN_SHEET_ROWS) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--draw takes %d pictures at most, but these are %zu; --save FOLDER "
                           "draws each by itself",
                           MIEN_SHEET_ROWS, paths.count);
    }
    if (status == MIEN_OK && paths.count) {
        status = mien_explaining_open(explaining, registry, selection, error);
    }
    if (status == MIEN_OK) {
        status = look(explaining, &paths, arguments->values, unusable, error);
    }
    mien_paths_free(&paths);
    return status;
}

static mien_status act(const mien_arguments *arguments, mien_explaining *explaining,
                       size_t *unusable, mien_error *error) {
    const values *options = arguments->values;
    mien_registry *registry = NULL;
    mien_selection selection = {0};
    bool lists = lists_layers(options);
    if (arguments->operand_count == 0 && !lists) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "no PICTURE to explain; `mien explain --layer list` needs none");
    }
    mien_status status = mien_registry_create(NULL, &registry, error);
    if (status == MIEN_OK) {
        status = mien_select_models(registry, options->models.items, options->models.count,
                                    MIEN_SELECT_ALL, &selection, error);
    }
    if (status == MIEN_OK) {
        status = lists ? list_layers(registry, &selection, options->json, error)
                       : explain(explaining, arguments, registry, &selection, unusable, error);
    }
    mien_selection_free(&selection);
    explaining->failure = status == MIEN_OK ? explaining->failure : status;
    mien_status failure = explaining->failure;
    mien_explaining_close(explaining); // its models need the registry
    explaining->failure = failure;
    mien_registry_free(registry);
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_rectangle crop;
    size_t unusable = 0;
    mien_explaining explaining = {.options = {
                                      .how = {.method = (mien_explain_method)options->method,
                                              .layers = options->layers.items,
                                              .layer_count = options->layers.count,
                                              .masks = (uint32_t)options->masks,
                                              .threads = mien_thread_count(options->threads)},
                                      .class_name = options->class_name,
                                      .crop = options->crop ? &crop : NULL,
                                      .draw = options->draw,
                                      .save = options->save,
                                      .json = options->json,
                                      .asks = options->measure,
                                  }};
    mien_interrupt_watch();
    mien_status status = options->crop ? mien_parse_crop(options->crop, &crop, &error) : MIEN_OK;
    if (status == MIEN_OK && options->draw) {
        status = mien_drawing_check_path(options->draw, &error);
    }
    if (status == MIEN_OK) {
        status = check_measuring(options, &error);
    }
    if (status == MIEN_OK) {
        status = check_layers(options, &error);
    }
    if (status == MIEN_OK) {
        status = read_smoothing(options, &explaining.options.how, &error);
    }
    if (status == MIEN_OK) {
        status = act(arguments, &explaining, &unusable, &error);
    }
    if (status != MIEN_OK) {
        return mien_exit_with("explain", status, &error);
    }
    int code = mien_exit_code(explaining.failure);
    return code == MIEN_EXIT_DONE && unusable ? MIEN_EXIT_BAD_INPUT : code;
}

static const mien_option options[] = {
    MIEN_MODELS_OPTION(values, "a model or an ensemble to explain, by name or manifest file"),
    MIEN_CHOICE_OPTION(values, method, "method", 0, "METHOD", mien_explain_method_names,
                       "how to find out"),
    MIEN_LIST_OPTION(values, layers, "layer", 'l', "NAME", MIEN_ARGUMENT_OTHER,
                     "a layer to look at instead of the model's default; several are averaged; "
                     "list: says which there are"),
    MIEN_TEXT_OPTION(values, class_name, "class", 0, "NAME", MIEN_ARGUMENT_OTHER,
                     "the class to explain, unless given the one each model sees"),
    MIEN_LIST_OPTION(values, smooth, "smooth", 's', "WHAT", MIEN_ARGUMENT_OTHER,
                     "flips: averages over the picture and its mirror image; principal: keeps the "
                     "first principal component of the channels"),
    MIEN_CROP_OPTION(values),
    MIEN_TEXT_OPTION(values, draw, "draw", 'd', "FILE.png", MIEN_ARGUMENT_FILE,
                     "draw all models' maps side by side, a row a picture"),
    MIEN_TEXT_OPTION(
        values, save, "save", 0, "FOLDER", MIEN_ARGUMENT_FOLDER,
        "write each map as PICTURE.MODEL.METHOD.png, drawn, and .npy, raw; --layer, --smooth "
        "and --class stand in the name, too"),
    MIEN_INTEGER_OPTION(values, masks, "masks", 0, "N", "1000", 16, 100000,
                        "masks that rise looks through"),
    MIEN_FLAG_OPTION(values, measure, "measure", 0,
                     "instead of maps, say how faithful they are over all pictures, beside a map "
                     "that only knows the centre"),
    MIEN_INTEGER_OPTION(values, sample, "sample", 0, "N", "100", 0, 1000000,
                        "pictures that --measure takes, chosen at random but the same each time; "
                        "0: all"),
    MIEN_TEXT_OPTION(values, split, "split", 0, "NAME", MIEN_ARGUMENT_OTHER,
                     "with --measure: the split of a data set's manifest"),
    MIEN_JSON_OPTION(values, "one JSON object a picture and model, one a line"),
    MIEN_THREADS_OPTION(values),
};

static const mien_example examples[] = {
    {"mien explain --crop 160,60,130,130 --draw sheet.png photo.png",
     "Where every trained model looks, side by side"},
    {"mien explain -m mobilenet-transfer --method hires-cam --class sad --save maps faces/",
     "Maps of a folder for one class, drawn and as NumPy arrays"},
    {"mien explain --measure --method hires-cam fer2013/test",
     "How faithful each model's maps are on a hundred faces"},
    {"mien explain --measure --split test faces.yaml", "The same over a data set's manifest"},
    {"mien explain -m mobilenet-transfer --layer list", "The layers that can be looked at"},
};

const mien_command mien_explain_command = {
    .name = "explain",
    .summary = "Show where models look in pictures",
    .operands = "PICTURE...",
    .fewest = 0,
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "PICTURE is as in `mien predict`; with --measure it may also be a manifest of kind "
        "dataset, by name or path. Without --model every model that has weights is "
        "explained.\n\ngrad-cam, grad-cam++, hires-cam and layer-cam weigh a layer's activations "
        "by the gradient of the class's logit; eigen-cam and rollout (of attention) show what is "
        "there for any class. They need a plugin that declares a graph. occlusion and rise hide "
        "parts of the picture and work for every plugin.\n\nA map is drawn from 0 to its own "
        "largest value, which PEAK says in the method's own unit: a weak map looks as strong as a "
        "strong one until that is read. A map that is empty, or no numbers, is said to be.\n\nAn "
        "ensemble's map is the mean of its members' maps for the same class, each scaled to its "
        "own peak, weighted as the members are: 1 where all look hardest.\n\nA model that fails is "
        "a row with its error, and the exit status says so at the end.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
