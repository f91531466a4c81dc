// SPDX-License-Identifier: Apache-2.0
// `mien fit`: an ensemble's numbers, from labelled pictures.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/fitting.h"
#include "host/cli/interrupt.h"
#include "host/cli/shared.h"

typedef struct {
    mien_fitting_options how;
    const char *output;
    bool json;
} values;

static mien_status write_results(const values *options, const mien_registry *registry,
                                 const mien_fitting *fitting, mien_error *error) {
    const mien_fitting_row *const chosen = &fitting->rows[options->how.method];
    mien_status status = MIEN_OK;
    if (options->output && chosen->error.status != MIEN_OK) {
        *error = chosen->error;
        status = mien_error_context(error, chosen->error.status, "%s",
                                    mien_fit_method_names[options->how.method]);
    } else if (options->output) {
        status = mien_fitting_write(fitting, registry, options->output, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    return options->json ? mien_fitting_write_json(fitting, options->output, stdout, error)
                         : mien_fitting_write_text(fitting, options->output, stdout, error);
}

static mien_status fit(mien_registry *registry, const mien_arguments *arguments,
                       mien_fitting *fitting, mien_error *error) {
    const values *const options = arguments->values;
    const char *const ensemble = arguments->operands[0], *const dataset = arguments->operands[1];
    mien_status status = options->output ? mien_fitting_check_output(registry, ensemble, dataset,
                                                                     options->output, error)
                                         : MIEN_OK;
    if (status == MIEN_OK) {
        status = mien_fitting_run(registry, ensemble, dataset, &options->how, fitting, error);
    }
    return status == MIEN_OK ? write_results(options, registry, fitting, error) : status;
}

static int run(const mien_arguments *arguments) {
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_fitting fitting = {0};
    mien_interrupt_watch();
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = fit(registry, arguments, &fitting, &error);
    }
    const int code = status != MIEN_OK    ? mien_exit_with("fit", status, &error)
                     : fitting.unreadable ? MIEN_EXIT_BAD_INPUT
                                          : MIEN_EXIT_DONE;
    mien_fitting_clear(&fitting);
    mien_registry_free(registry);
    return code;
}

static const mien_option options[] = {
    MIEN_TEXT_OPTION(values, output, "output", 'o', "NAME.yaml", MIEN_ARGUMENT_FILE,
                     "write the fitted ensemble there, and beside it NAME.pictures, which figures "
                     "leave out"),
    {.name = "method",
     .letter = 'm',
     .type = MIEN_OPTION_CHOICE,
     .offset = offsetof(values, how.method),
     .placeholder = "METHOD",
     .initial = "both",
     .choices = mien_fit_method_names,
     .help = "what is written: a temperature each, weights of a soft vote, both, or a stack"},
    MIEN_NUMBER_OPTION(values, how.validation, "validation", 0, "SHARE", "0", 0, 0.99,
                       "fit to this share of DATASET alone, the pictures that 'mien train' keeps "
                       "to validate with; 0: to all"),
    MIEN_INTEGER_OPTION(values, how.seed, "seed", 0, "N", "0", 0, 4294967295,
                        "of that cut, as a recipe's data.seed"),
    MIEN_TEXT_OPTION(values, how.split, "split", 's', "NAME", MIEN_ARGUMENT_OTHER,
                     "the split of a data set's manifest"),
    MIEN_NUMBER_OPTION(values, how.penalty, "penalty", 0, "N", "10", 1e-3, 1e6,
                       "how strongly a stack's coefficients are drawn to 0"),
    MIEN_JSON_OPTION(values, "one JSON object instead of tables"),
    MIEN_INTEGER_OPTION(values, how.batch, "batch", 'b', "N", "32", 1, 1024,
                        "pictures that go through a network at a time"),
    MIEN_INTEGER_OPTION(values, how.threads, "threads", 't', "N", NULL, 1, 1024,
                        "threads, at most one a processor, each with pictures of its own; one a "
                        "processor unless given"),
};

static const mien_example examples[] = {
    {"mien fit --validation 0.1 ensemble fer2013/train",
     "What each method would bring, by pictures that no member has learned from"},
    {"mien fit --validation 0.1 -m weights -o manifests/weighted.yaml ensemble fer2013/train",
     "An ensemble with fitted weights"},
};

const mien_command mien_fit_command = {
    .name = "fit",
    .summary = "Fit an ensemble's weights to labelled pictures",
    .operands = "ENSEMBLE DATASET",
    .fewest = 2,
    .most = 2,
    .operand_kind = MIEN_ARGUMENT_MODEL,
    .description =
        "DATASET is a folder that has a folder of pictures for each of the ensemble's classes, or "
        "a manifest of kind dataset. Each member answers once for each picture, and its answers "
        "are kept in memory, a number a picture, member and class. Then every method is fitted: "
        "log loss, accuracy and calibration error come for each picture by numbers fitted to "
        "others (five folds), and for all by numbers fitted to all, which flatters.\n\n"
        "Fit to pictures that no member has learned from, and report figures on others still. A "
        "fitted ensemble knows what it was fitted to, by what the pictures show: evaluate, compare "
        "and sweep leave these pictures out and say so.\n\nGolden samples are not "
        "taken over, since the answers are others now. A picture that cannot be used is reported "
        "on standard error and the others go on; the exit status is then 3.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
