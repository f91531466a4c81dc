// SPDX-License-Identifier: Apache-2.0
// `mien inspect`: what a model is made of, and where its time goes.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/inspection.h"
#include "host/cli/interrupt.h"
#include "host/cli/shared.h"
#include "zoo/config.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_text_list set;
    int64_t batch, threads, repeat;
    bool profile, json;
    int plan;
} values;

static mien_status write(const mien_inspection *inspection, const values *options,
                         mien_error *error) {
    return options->json ? mien_inspection_write_json(inspection, stdout, error)
                         : mien_inspection_write_text(inspection, stdout, error);
}

/// Numbers between -1 and 1 that are the same in every run: what a picture's values may be.
static void fill_input(float *input, size_t count) {
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        input[i] = (float)(state >> 8) / (float)(1 << 23) - 1;
    }
}

static mien_status measure(mien_answerer *answerer, const values *options, const mien_batch *input,
                           mien_profile *profile, mien_error *error) {
    const mien_model *model = mien_answerer_member(answerer, 0);
    mien_context *context = mien_model_context(model);
    mien_timing timing = {0};
    mien_status status = mien_time_model(answerer, input, profile->batch, 0.25, &timing, error);
    if (status != MIEN_OK) {
        return status;
    }
    profile->milliseconds = mien_timing_quantile(&timing, 0.5);
    free(timing.milliseconds);
    profile->count = mien_context_step_count(context);
    profile->steps = calloc((size_t)profile->count + 1, sizeof *profile->steps);
    if (!profile->steps) {
        return mien_fail_memory(error, "a profile");
    }
    profile->packed_bytes = mien_session_packed_bytes(mien_model_session(model));
    profile->arena_bytes = mien_context_arena_bytes(context);
    return mien_context_profile(context, input->inputs[0], profile->batch,
                                (uint32_t)options->repeat, profile->steps, sizeof *profile->steps,
                                error);
}

static mien_status profile_model(mien_registry *registry, const char *name, const values *options,
                                 mien_inspection *inspection, mien_error *error) {
    mien_answerer *model = NULL;
    mien_batch input = {0};
    mien_profile profile = {.batch = (size_t)options->batch,
                            .threads = mien_thread_count(options->threads)};
    mien_model_options how = {.threads = profile.threads, .plan = (mien_plan)options->plan};
    mien_status status = mien_answerer_load(registry, name, &how, &model, error);
    if (status == MIEN_OK && !mien_model_context(mien_answerer_member(model, 0))) {
        status = mien_fail(error, MIEN_UNSUPPORTED,
                           "%s computes by itself, without a graph, so its steps cannot be "
                           "measured; 'mien bench' measures it whole",
                           name);
    }
    if (status == MIEN_OK) {
        status = mien_batch_create(model, profile.batch, &input, error);
    }
    if (status == MIEN_OK) {
        fill_input(input.inputs[0], input.numbers[0] * profile.batch);
        status = measure(model, options, &input, &profile, error);
    }
    if (status == MIEN_OK) {
        inspection->profile = &profile;
        status = write(inspection, options, error);
    }
    inspection->profile = NULL;
    free(profile.steps);
    mien_batch_clear(&input);
    mien_answerer_free(model);
    return status;
}

static mien_status inspect_model(mien_registry *registry, const char *name, const values *options,
                                 mien_error *error) {
    mien_declaration declaration = {0};
    char *weights = NULL;
    mien_status status =
        mien_model_declare(registry, name, options->set.items, &declaration, error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_manifest *manifest = declaration.manifest;
    mien_inspection inspection = {
        .manifest = manifest,
        .plugin = mien_plugin_library_descriptor(declaration.library),
        .plugin_path = mien_plugin_library_path(declaration.library),
        .config = declaration.config,
        .input = &declaration.input,
        .graph = declaration.graph,
    };
    if (manifest->model.weights.file.text) {
        status = mien_manifest_resolve(manifest, manifest->model.weights.file, &weights, error);
    }
    if (status == MIEN_NOT_FOUND && !options->profile) {
        inspection.weights_problem = error->message;
        status = MIEN_OK;
    }
    if (status == MIEN_OK) {
        inspection.weights_path = weights;
        inspection.weights_bytes = mien_file_bytes(weights);
        status = options->profile ? profile_model(registry, name, options, &inspection, error)
                                  : write(&inspection, options, error);
    }
    free(weights);
    mien_declaration_free(&declaration);
    return status;
}

static mien_status inspect_plugin(mien_registry *registry, const char *name, const values *options,
                                  mien_error *error) {
    const mien_plugin_library *library = NULL;
    mien_error second = MIEN_ERROR_INIT;
    mien_status status = mien_registry_plugin(registry, name, &library, &second);
    if (status == MIEN_NOT_FOUND) {
        return MIEN_NOT_FOUND;
    }
    if (status != MIEN_OK) {
        *error = second;
        return status;
    }
    if (options->profile) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "%s is a plugin; --profile needs a model's manifest", name);
    }
    const mien_plugin *plugin = mien_plugin_library_descriptor(library);
    mien_config *config = NULL;
    status = mien_model_configure_plugin(plugin, options->set.items, &config, error);
    if (status == MIEN_OK) {
        mien_inspection inspection = {.plugin = plugin,
                                      .plugin_path = mien_plugin_library_path(library),
                                      .config = config,
                                      .input = plugin->input};
        status = write(&inspection, options, error);
    }
    mien_config_free(config);
    return status;
}

/// "vit.so": the plugin, where a model has its name.
static mien_status inspect_plugin_file(mien_registry *registry, const char *name,
                                       const values *options, mien_error *error) {
    char plain[256];
    const int length = (int)(strlen(name) - strlen(".so"));
    if (snprintf(plain, sizeof plain, "%.*s", length, name) >= (int)sizeof plain) {
        return mien_fail(error, MIEN_NOT_FOUND, "no plugin has a name that long");
    }
    const mien_status status = inspect_plugin(registry, plain, options, error);
    return status == MIEN_NOT_FOUND ? mien_fail(error, status, "no plugin \"%s\"", plain) : status;
}

static bool names_plugin(const char *name) {
    const char *const ending = strrchr(name, '.');
    return ending && strcmp(ending, ".so") == 0 && !strchr(name, '/');
}

static mien_status inspect(mien_registry *registry, const char *name, const values *options,
                           mien_error *error) {
    if (names_plugin(name)) {
        return inspect_plugin_file(registry, name, options, error);
    }
    mien_manifest *manifest = NULL;
    mien_status status = mien_registry_manifest(registry, name, &manifest, error);
    if (status == MIEN_NOT_FOUND) {
        // It may be a plugin's name; if it is not, the first message stands.
        return inspect_plugin(registry, name, options, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    const mien_inspection inspection = {.manifest = manifest};
    if (manifest->kind == MIEN_KIND_MODEL) {
        status = inspect_model(registry, name, options, error);
    } else if (options->profile || options->set.count) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "%s is of kind %s; --set and --profile need a model", name,
                           mien_manifest_kind_text(manifest->kind));
    } else {
        status = write(&inspection, options, error);
    }
    mien_manifest_free(manifest);
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    if (options->profile && options->set.count) {
        mien_complain("inspect", "--set changes the network, so its weights do not fit and "
                                 "--profile cannot run it; give one of them");
        return MIEN_EXIT_USAGE;
    }
    mien_interrupt_watch();
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = inspect(registry, arguments->operands[0], options, &error);
    }
    mien_registry_free(registry);
    return status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with("inspect", status, &error);
}

static const mien_option options[] = {
    MIEN_LIST_OPTION(
        values, set, "set", 's', "KEY=VALUE", MIEN_ARGUMENT_OTHER,
        "put this over the manifest's config, or a plugin's defaults, to see another network"),
    MIEN_FLAG_OPTION(values, profile, "profile", 'p',
                     "run it, and print each step's algorithm, time, share, GFLOP/s and bytes"),
    MIEN_INTEGER_OPTION(values, batch, "batch", 'b', "N", "1", 1, 1024,
                        "with --profile, pictures a run"),
    MIEN_INTEGER_OPTION(values, repeat, "repeat", 'r', "N", "20", 1, 10000,
                        "with --profile, runs whose median is printed"),
    MIEN_THREADS_OPTION(values),
    MIEN_CHOICE_OPTION(values, plan, "plan", 0, "PLAN", mien_plan_names,
                       "with --profile, how weights are packed; fast may double their bytes, "
                       "small never does"),
    MIEN_JSON_OPTION(values, "one JSON object instead of tables"),
};

static const mien_example examples[] = {
    {"mien inspect face-expression", "Its configuration, input, weights and layers"},
    {"mien inspect face-expression --profile --threads 1", "Where its time goes on one thread"},
};

const mien_command mien_inspect_command = {
    .name = "inspect",
    .summary = "Show what a model is made of, and where its time goes",
    .operands = "NAME",
    .fewest = 1,
    .most = 1,
    .operand_kind = MIEN_ARGUMENT_MODEL,
    .description =
        "NAME is a model, ensemble or dataset, a manifest file, or a plugin; NAME.so is the plugin "
        "where a model has the same name. A model needs no weights for this, except for "
        "--profile.\n\nMultiply-adds and GFLOP/s (two a multiply-add) "
        "are those of the direct algorithm, so that a faster one shows as more than the processor "
        "could do.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
