// SPDX-License-Identifier: Apache-2.0
// mien-train: trains a plugin's network from a recipe. `mien train` runs it.
#include "tools/train/core/loop/trainer.h"
#include "tools/train/guard.h"
#include "tools/train/mpi.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/program.h"
#include "host/cli/shared.h"
#include "host/cli/text.h"
#include "host/draw.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct {
    const char *output, *data, *votes, *preview;
    mien_text_list set;
    int64_t threads;
    bool resume, json, report_only;
} values;

/// A recipe is the user's own, and its data mostly lies elsewhere.
static const mien_registry_options registry_options = {.allow_outside = true};

static mien_status read_recipe(const char *path, const values *settings, mien_manifest **manifest,
                               mien_error *error) {
    const mien_manifest_options options = {.allow_outside = true, .settings = settings->set.items};
    mien_manifest *read = NULL;
    mien_status status = mien_manifest_read(path, &options, &read, error);
    if (status == MIEN_OK && read->kind != MIEN_KIND_RECIPE) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: of kind %s; a recipe is needed here", path,
                           mien_manifest_kind_text(read->kind));
    }
    if (status != MIEN_OK) {
        mien_manifest_free(read);
        return status;
    }
    *manifest = read;
    return MIEN_OK;
}

/// Of several processes the first draws.
static mien_status preview(mien_trainer *trainer, const char *path, const mien_processes *processes,
                           mien_error *error) {
    return mien_processes_rank(processes) == 0 ? mien_trainer_preview(trainer, path, error)
                                               : MIEN_OK;
}

/// Asked after each step. Also where nobody could tell: mpirun was killed.
static bool is_cancelled(void) {
    mien_guard_follow();
    return mien_interrupted() || mien_guard_lost();
}

static mien_status train_declared(mien_registry *registry, const mien_declaration *declaration,
                                  const values *settings, mien_processes *processes,
                                  mien_error *error) {
    const char *const name = declaration->manifest->name.text;
    const mien_trainer_options options = {
        .registry = registry,
        .output = settings->preview  ? NULL
                  : settings->output ? settings->output
                                     : name,
        .data = settings->data,
        .votes = settings->votes,
        .resume = settings->resume && !settings->preview,
        .report_only = settings->report_only,
        .json = settings->json,
        .threads = (uint32_t)settings->threads,
        .cancelled = is_cancelled,
        .processes = processes,
    };
    mien_trainer *trainer = NULL;
    mien_status status = mien_trainer_create(declaration, &options, &trainer, error);
    if (status == MIEN_OK) {
        status = settings->preview       ? preview(trainer, settings->preview, processes, error)
                 : settings->report_only ? mien_trainer_report(trainer, error)
                                         : mien_trainer_run(trainer, error);
    }
    if (status == MIEN_OK && settings->report_only) {
        mien_text_print(stdout, "%s/report.html\n", options.output);
    } else if (status == MIEN_OK && !settings->preview && !settings->json) {
        mien_text_print(stdout, "%s/%s.yaml\n", options.output, name);
    }
    mien_trainer_free(trainer);
    return status;
}

static mien_status check_report_only(const values *settings, const mien_processes *processes,
                                     mien_error *error) {
    if (settings->report_only && (settings->resume || settings->preview || settings->json)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--report-only trains nothing; leave out --resume, --preview and --json");
    }
    return settings->report_only && mien_processes_count(processes) > 1
               ? mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--report-only is one process's work; run it without mpirun")
               : MIEN_OK;
}

static mien_status train(const char *path, const values *settings, mien_processes *processes,
                         mien_error *error) {
    mien_registry *registry = NULL;
    mien_manifest *manifest = NULL;
    mien_declaration declaration = {0};
    mien_status status = check_report_only(settings, processes, error);
    if (status == MIEN_OK) {
        status = mien_registry_create(&registry_options, &registry, error);
    }
    if (status == MIEN_OK && settings->preview) {
        status = mien_drawing_check_path(settings->preview, error);
    }
    if (status == MIEN_OK) {
        status = read_recipe(path, settings, &manifest, error);
    }
    if (status == MIEN_OK) {
        status = mien_model_declare_manifest(registry, manifest, NULL, &declaration, error);
        if (status != MIEN_OK) {
            mien_manifest_free(manifest);
        }
    }
    if (status == MIEN_OK) {
        status = train_declared(registry, &declaration, settings, processes, error);
    }
    mien_declaration_free(&declaration);
    mien_registry_free(registry);
    return status;
}

static int run(const mien_arguments *arguments) {
    mien_error error = MIEN_ERROR_INIT;
    mien_processes *processes = NULL;
    mien_status status = mien_mpi_join(&processes, &error);
    mien_interrupt_watch(); // not before: MPI may have handlers of its own
    mien_interrupt_watch_termination();
    mien_interrupt_watch_request();
    if (status == MIEN_OK) {
        status = train(arguments->operands[0], arguments->values, processes, &error);
        status = mien_processes_agree(processes, status, &error);
    }
    int code = mien_exit_code(status);
    if (status != MIEN_OK && mien_processes_speak(processes)) {
        code = mien_exit_with("train", status, &error);
    }
    code = mien_finish_output("train", code);
    mien_processes_leave(processes, code);
    return code;
}

static const mien_option options[] = {
    MIEN_TEXT_OPTION(values, output, "output", 'o', "DIR", MIEN_ARGUMENT_FOLDER,
                     "folder for weights, manifest, history and checkpoint; the recipe's name "
                     "unless given"),
    MIEN_TEXT_OPTION(values, data, "data", 'd', "DIR", MIEN_ARGUMENT_FOLDER,
                     "folder with a folder of pictures for each class, or a dataset's manifest, in "
                     "place of the recipe's"),
    MIEN_TEXT_OPTION(values, votes, "votes", 0, "FILE", MIEN_ARGUMENT_FILE,
                     "table of people's votes in place of the recipe's"),
    MIEN_FLAG_OPTION(values, resume, "resume", 'r', "go on from the checkpoint in the folder"),
    MIEN_LIST_OPTION(values, set, "set", 's', "KEY=VALUE", MIEN_ARGUMENT_OTHER,
                     "a key of the recipe, in place of what it says, such as train.epochs=3"),
    MIEN_INTEGER_OPTION(values, threads, "threads", 't', "N", NULL, 1, 1024,
                        "threads, in place of the recipe's, which are one a processor unless it "
                        "says"),
    MIEN_TEXT_OPTION(values, preview, "preview", 0, "FILE.png", MIEN_ARGUMENT_FILE,
                     "draw the first batch as it will be learnt from, augmented, with its targets, "
                     "and train nothing"),
    MIEN_FLAG_OPTION(values, report_only, "report-only", 0,
                     "make report.html of the weights and history.csv in the folder, as of a run "
                     "done elsewhere, and train nothing"),
    MIEN_JSON_OPTION(values, "one JSON object an epoch"),
};

static const mien_example examples[] = {
    {"mien train recipe.yaml --data fer2013/train", "Train with the pictures of that folder"},
    {"mien train recipe.yaml -o run --resume", "Go on where an interrupted run ended"},
    {"mien train recipe.yaml -o run --report-only", "Make the report of a finished run anew"},
    {"mien train recipe.yaml --set train.epochs=3 --set optimizer.rate=0.01", "Try something else"},
};

static const mien_command command = {
    .name = "train",
    .summary = "Train a plugin's network from a recipe",
    .operands = "RECIPE",
    .fewest = 1,
    .most = 1,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "RECIPE is a manifest of kind recipe: the network, its data and how it learns. A part of "
        "the pictures is kept for validation. The folder receives NAME.safetensors and NAME.yaml, "
        "a model that the other commands take, of the epoch that was best in validation, unless "
        "the recipe keeps another; "
        "history.csv; and last.checkpoint.\n\n"
        "Ctrl-C ends after the step at hand and keeps what was learnt; --resume goes on from "
        "there, or from the last checkpoint after a crash, to the same weights as without the "
        "break, on "
        "the same processor with as many threads. SIGTERM and SIGUSR1 do the same, as schedulers "
        "send them.\n\n"
        "mpirun -np N mien-train RECIPE trains with N processes, each of which computes its share "
        "of "
        "every batch, to what one process comes to but for rounding. End it with SIGUSR1 to "
        "mpirun, "
        "which hands it on. At Ctrl-C and SIGTERM mpirun ends at once, with status 1; what was "
        "learnt is then kept, too, but mostly without a word, and a moment later.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};

/// Threads that wait for each other spin by default, which starves this program's own feeder, and
/// takes several times as long where others want the processors, too. OpenMP reads what it is told
/// before main, so the program starts once more; where that fails, it goes on spinning.
static void wait_asleep(char **arguments) {
    if (!getenv("OMP_WAIT_POLICY") && !getenv("GOMP_SPINCOUNT")) {
        setenv("OMP_WAIT_POLICY", "passive", 1);
        execv("/proc/self/exe", arguments);
    }
}

int main(int count, char **arguments) {
    wait_asleep(arguments);
    return mien_companion_main(&command, count, arguments);
}
