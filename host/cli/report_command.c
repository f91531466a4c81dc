// SPDX-License-Identifier: Apache-2.0
// `mien report`: results as one page.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/json_output.h"
#include "host/page/page.h"
#include "host/page/results.h"
#include "zoo/replace.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *output, *title, *pictures;
    bool no_pictures;
} values;

static mien_status write_page(const values *settings, mien_results *results, mien_error *error) {
    const char *const title = settings->title ? settings->title : mien_results_subject(results);
    mien_json_add_text(results->document, yyjson_mut_doc_get_root(results->document), "title",
                       title);
    return mien_page_write(settings->output, title, results->document, error);
}

static mien_status gather(const mien_arguments *arguments, mien_results *results,
                          mien_error *error) {
    const values *const settings = arguments->values;
    mien_status status = mien_results_begin(results, settings->pictures, mien_interrupted, error);
    results->no_pictures = settings->no_pictures;
    for (size_t i = 0; i < arguments->operand_count && status == MIEN_OK; i++) {
        status = mien_results_add(results, arguments->operands[i], error);
    }
    return status == MIEN_OK ? write_page(settings, results, error) : status;
}

static bool is_page(const char *path) {
    const size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".html") == 0;
}

static mien_status report(const mien_arguments *arguments, mien_results *results,
                          mien_error *error) {
    const values *const settings = arguments->values;
    if (!is_page(settings->output)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--output is a page, so its name must end in .html: '%s'",
                         settings->output);
    }
    const mien_status status = mien_replace_check(settings->output, error);
    if (status != MIEN_OK) { // before pictures are shrunk
        return mien_error_context(error, status, "%s", settings->output);
    }
    if (arguments->operand_count == 1 && is_page(arguments->operands[0])) {
        return mien_page_renew(arguments->operands[0], settings->output, settings->title,
                               !settings->no_pictures, error);
    }
    return gather(arguments, results, error);
}

static int run(const mien_arguments *arguments) {
    mien_error error = MIEN_ERROR_INIT;
    mien_results results = {0};
    mien_interrupt_watch();
    const mien_status status = report(arguments, &results, &error);
    if (status == MIEN_OK && results.missing) {
        mien_complain("report", "%zu of %zu pictures are left out, the first: %s%s",
                      results.missing, results.shown, results.first.message,
                      results.pictures ? "" : "; --pictures says what their paths start at");
    }
    if (status == MIEN_OK && results.torn) {
        mien_complain("report", "%zu %s cut off, as by a machine that went down; passed over",
                      results.torn, results.torn == 1 ? "row is" : "rows are");
    }
    mien_results_clear(&results);
    return status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with("report", status, &error);
}

static const mien_option options[] = {
    {.name = "output",
     .letter = 'o',
     .type = MIEN_OPTION_TEXT,
     .offset = offsetof(values, output),
     .placeholder = "FILE.html",
     .initial = "report.html",
     .kind = MIEN_ARGUMENT_FILE,
     .help = "the page to write"},
    MIEN_TEXT_OPTION(values, title, "title", 0, "TEXT", MIEN_ARGUMENT_OTHER,
                     "the page's title, in place of the data set's name"),
    MIEN_TEXT_OPTION(values, pictures, "pictures", 0, "DIR", MIEN_ARGUMENT_FOLDER,
                     "folder that the paths of pictures start at; the current one unless given"),
    MIEN_FLAG_OPTION(values, no_pictures, "no-pictures", 0,
                     "leave out the faces, so that the page may be handed on"),
};

static const mien_example examples[] = {
    {"mien compare --data fer2013/test --disagreements 60 --json >zoo.json && mien report zoo.json "
     "-o zoo.html",
     "Every model that has weights, side by side"},
    {"mien report results.jsonl sheet.png runs/*/history.csv", "Results of several kinds"},
    {"mien report --no-pictures runs/vit/report.html -o vit.html",
     "A training run's page without the faces"},
};

const mien_command mien_report_command = {
    .name = "report",
    .summary = "Make one page of results, for a browser",
    .operands = "RESULTS...",
    .fewest = 1,
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "RESULTS are files of any of these kinds, told by their content: what 'mien evaluate' and "
        "'mien compare --data' write with --json or --csv; rows of results, a JSON object a line "
        "that names a model, its figures, and what else was varied; history.csv of training runs; "
        "and pictures, such as sheets. Or they are one page that Mien wrote, a training run's too, "
        "which is made anew.\n\n"
        "The page holds all it needs and loads nothing: tables that sort and filter, accuracy "
        "against cost, confusion, reliability, robustness to damaged pictures, and the pictures "
        "that models disagree on, shrunk. A picture that is not there any more is left out.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
