// SPDX-License-Identifier: Apache-2.0
// `mien check`: loads models and runs their golden samples.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/json_output.h"
#include "host/cli/shared.h"
#include "host/cli/terminal.h"
#include "host/cli/text.h"
#include "host/golden.h"

#include <stdlib.h>

typedef struct {
    int64_t threads;
    bool json;
} values;

/// What came of one model. `results` is NULL where it could not be loaded or run.
typedef struct {
    mien_answerer *model;
    mien_golden_result *results;
    size_t count, passed;
    int code; // the exit status it asks for
    mien_error error;
} outcome;

static mien_status run_samples(outcome *each) {
    mien_answerer_golden(each->model, &each->count);
    each->results = calloc(each->count + 1, sizeof *each->results);
    if (!each->results) {
        return mien_fail_memory(&each->error, "golden samples");
    }
    for (size_t i = 0; i < each->count; i++) {
        if (mien_interrupted()) {
            return mien_fail(&each->error, MIEN_CANCELLED, "interrupted");
        }
        mien_status status = mien_golden_run(each->model, i, &each->results[i], &each->error);
        if (status != MIEN_OK) {
            return status;
        }
        each->passed += each->results[i].passed;
    }
    return each->count ? MIEN_OK : mien_golden_run_blank(each->model, &each->error);
}

/// A sample that answers otherwise is a failure; one without its picture, like a model that cannot
/// answer at all, is bad input.
static int samples_code(const outcome *each) {
    int code = MIEN_EXIT_DONE;
    for (size_t i = 0; i < each->count; i++) {
        const mien_golden_result *result = &each->results[i];
        if (!result->passed && result->status == MIEN_OK) {
            return MIEN_EXIT_FAILED;
        }
        code = result->status == MIEN_OK ? code : mien_exit_code(result->status);
    }
    return code;
}

static void check(mien_registry *registry, const char *name, const values *options, outcome *each) {
    *each = (outcome){.error = MIEN_ERROR_INIT};
    mien_model_options how = {.threads = mien_thread_count(options->threads)};
    mien_status status = mien_answerer_load(registry, name, &how, &each->model, &each->error);
    if (status == MIEN_OK) {
        status = run_samples(each);
    }
    each->code = status == MIEN_OK ? samples_code(each) : mien_exit_code(status);
    if (status != MIEN_OK) {
        free(each->results);
        each->results = NULL;
    }
}

static void write_sample(const outcome *each, const mien_golden_result *result) {
    if (result->passed) {
        return;
    }
    if (result->status != MIEN_OK) {
        mien_text_print(stdout, "    %s: %s\n", result->image, result->problem);
        return;
    }
    mien_text_print(stdout, "    %s: %s of %s is %.6g, expected %.6g; the difference may be %.3g\n",
                    result->image, result->probabilities ? "probability" : "logit",
                    mien_answerer_class(each->model, result->worst_class), result->got,
                    result->expected, result->allowed);
    if (*result->hint) {
        mien_text_print(stdout, "    %s\n", result->hint);
    }
}

static void write_text(const char *name, const outcome *each) {
    bool colour = mien_terminal_colour(stdout);
    bool failed = each->code != MIEN_EXIT_DONE, untested = !failed && each->count == 0;
    const char *word = failed ? "FAILED" : untested ? "runs" : "passed";
    mien_style style = failed ? MIEN_STYLE_BAD : untested ? MIEN_STYLE_FAINT : MIEN_STYLE_GOOD;
    printf("%s%s%s  ", colour ? mien_style_start(style) : "", word, colour ? MIEN_STYLE_END : "");
    mien_text_print(stdout, "%s: ", name);
    if (!each->results) {
        mien_text_print(stdout, "%s\n", each->error.message);
        return;
    }
    if (untested) {
        puts("its manifest has no golden samples");
        return;
    }
    double largest = 0;
    for (size_t i = 0; i < each->count; i++) {
        largest = each->results[i].difference > largest ? each->results[i].difference : largest;
    }
    printf("%zu of %zu golden samples, largest difference %.2g\n", each->passed, each->count,
           largest);
    for (size_t i = 0; i < each->count; i++) {
        write_sample(each, &each->results[i]);
    }
}

static void add_json_sample(yyjson_mut_doc *document, yyjson_mut_val *array, const outcome *each,
                            const mien_golden_result *result) {
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    mien_json_add_text(document, object, "picture", result->image);
    yyjson_mut_obj_add_bool(document, object, "passed", result->passed);
    if (result->status != MIEN_OK) {
        mien_json_add_text(document, object, "error", result->problem);
        return;
    }
    yyjson_mut_obj_add_str(document, object, "compared",
                           result->probabilities ? "probabilities" : "logits");
    mien_json_add_number(document, object, "difference", result->difference, 7);
    mien_json_add_number(document, object, "allowed", result->allowed, 7);
    mien_json_add_text(document, object, "worst_class",
                       mien_answerer_class(each->model, result->worst_class));
    mien_json_add_number(document, object, "expected", result->expected, 7);
    mien_json_add_number(document, object, "got", result->got, 7);
    mien_json_add_text(document, object, "hint", *result->hint ? result->hint : NULL);
}

static mien_status write_json(const char *name, const outcome *each, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "model", name);
    yyjson_mut_obj_add_bool(document, object, "passed", each->code == MIEN_EXIT_DONE);
    if (each->results) {
        yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, "samples");
        for (size_t i = 0; i < each->count; i++) {
            add_json_sample(document, array, each, &each->results[i]);
        }
    } else {
        mien_json_add_text(document, object, "error", each->error.message);
    }
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

/// Checks each model in turn. `*code` becomes the exit status: a failed sample's before others.
static mien_status check_all(mien_registry *registry, const mien_selection *selection,
                             const values *options, int *code, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < selection->count && status == MIEN_OK; i++) {
        outcome each;
        check(registry, selection->names[i], options, &each);
        if (*code == MIEN_EXIT_DONE || each.code == MIEN_EXIT_FAILED) {
            *code = each.code;
        }
        if (each.error.status == MIEN_CANCELLED) {
            *error = each.error;
            status = MIEN_CANCELLED;
        } else if (options->json) {
            status = write_json(selection->names[i], &each, error);
        } else {
            write_text(selection->names[i], &each);
        }
        if (status == MIEN_OK) {
            status = mien_flush_output(error);
        }
        free(each.results);
        mien_answerer_free(each.model);
    }
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_selection selection = {0};
    int code = MIEN_EXIT_DONE;
    mien_interrupt_watch();
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = mien_select_models(registry, arguments->operands, arguments->operand_count,
                                    MIEN_SELECT_ALL, &selection, &error);
    }
    if (status == MIEN_OK) {
        status = check_all(registry, &selection, options, &code, &error);
    }
    mien_selection_free(&selection);
    mien_registry_free(registry);
    if (status != MIEN_OK) {
        return mien_exit_with("check", status, &error);
    }
    return code;
}

static const mien_option options[] = {
    MIEN_THREADS_OPTION(values),
    MIEN_JSON_OPTION(values, "one JSON object a model, one a line"),
};

const mien_command mien_check_command = {
    .name = "check",
    .summary = "Check that models still answer as their manifests say",
    .operands = "[MODEL]...",
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_MODEL,
    .description =
        "Loads each MODEL (without one, every model that has weights), which checks the weights' "
        "digest and every tensor, and runs the golden samples of its manifest: pictures with the "
        "answers they must give. A model without golden samples must answer for a blank picture. "
        "Where swapped colours or permuted labels explain a difference, it says so.\n\nThe exit "
        "status is 1 when a golden sample fails, and 3 when a model cannot be loaded or cannot "
        "answer.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .run = run,
};
