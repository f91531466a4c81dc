// SPDX-License-Identifier: Apache-2.0
// report.html: curves, and what the best epoch does with the validation pictures.
#include "tools/train/core/loop/report.h"
#include "host/cli/json_output.h"
#include "host/page/page.h"
#include "tools/train/core/loop/review.h"
#include "tools/train/core/loop/state.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS = 7, MOST_EPOCHS = 100000 };

typedef struct state {
    yyjson_mut_doc *review; ///< of the best epoch; NULL: not known to this run
} state;

static yyjson_mut_doc *copy_of(yyjson_val *review) {
    yyjson_mut_doc *const copy = yyjson_mut_doc_new(NULL);
    if (copy) {
        yyjson_mut_doc_set_root(copy, yyjson_val_mut_copy(copy, review));
    }
    return copy;
}

/// A run that goes on takes over the best epoch's review, which no checkpoint holds.
static mien_status start(void *memory, mien_trainer *trainer, mien_error *error) {
    state *const report = memory;
    if (!trainer->options.resume) {
        return MIEN_OK;
    }
    char *const path = mien_trainer_path(trainer, MIEN_REPORT_FILE);
    if (!path) {
        return mien_fail_memory(error, "a path");
    }
    yyjson_doc *earlier = NULL;
    if (mien_page_read(path, &earlier, NULL) == MIEN_OK) {
        yyjson_val *const review = yyjson_obj_get(yyjson_doc_get_root(earlier), "evaluation");
        const double epoch = yyjson_get_num(yyjson_obj_get(review, "epoch"));
        if (review && epoch == trainer->numbers.best_epoch) {
            report->review = copy_of(review);
        }
        yyjson_doc_free(earlier);
    }
    free(path);
    return MIEN_OK;
}

static mien_status add_recipe(const mien_trainer *trainer, yyjson_mut_doc *document,
                              mien_error *error) {
    char *text = NULL;
    const mien_status status = mien_manifest_describe_text(trainer->manifest, &text, error);
    if (status == MIEN_OK) {
        yyjson_mut_val *const root = yyjson_mut_doc_get_root(document);
        yyjson_mut_val *const recipe = yyjson_mut_obj_add_obj(document, root, "recipe");
        mien_json_add_text(document, recipe, "name", trainer->manifest->name.text);
        mien_json_add_text(document, recipe, "summary", trainer->manifest->summary.text);
        mien_json_add_text(document, recipe, "text", text);
        yyjson_mut_val *const classes = yyjson_mut_obj_add_arr(document, root, "classes");
        for (size_t i = 0; i < trainer->classes; i++) {
            const char *const name = trainer->recipe->model.classes.items[i].text;
            yyjson_mut_arr_append(classes, mien_json_text(document, name));
        }
    }
    free(text);
    return status;
}

static void add_run(const mien_trainer *trainer, const mien_training_event *event, bool finished,
                    yyjson_mut_doc *document) {
    yyjson_mut_val *const run =
        yyjson_mut_obj_add_obj(document, yyjson_mut_doc_get_root(document), "run");
    yyjson_mut_obj_add_uint(document, run, "epoch", event->epoch);
    yyjson_mut_obj_add_uint(document, run, "epochs", event->epochs);
    yyjson_mut_obj_add_uint(document, run, "step", event->step);
    yyjson_mut_obj_add_bool(document, run, "finished", finished);
    yyjson_mut_obj_add_uint(document, run, "training", trainer->training_count);
    yyjson_mut_obj_add_uint(document, run, "validation", trainer->validation_count);
    mien_json_add_number(document, run, "seconds", event->seconds, DIGITS);
    mien_json_add_number(document, run, "best_epoch", trainer->numbers.best_epoch, DIGITS);
    mien_json_add_number(document, run, "best_accuracy", trainer->numbers.best_accuracy, DIGITS);
    mien_json_add_number(document, run, "best_loss", trainer->numbers.best_loss, DIGITS);
}

/// The history callback, which comes earlier, has just written it.
static mien_status add_history(const mien_trainer *trainer, yyjson_mut_doc *document,
                               mien_error *error) {
    char *const path = mien_trainer_path(trainer, MIEN_HISTORY_FILE);
    yyjson_mut_val *rows = NULL;
    const mien_status status = path ? mien_page_table(path, MOST_EPOCHS, document, &rows, error)
                                    : mien_fail_memory(error, "a path");
    if (status == MIEN_OK) {
        yyjson_mut_obj_add_val(document, yyjson_mut_doc_get_root(document), "history", rows);
    }
    free(path);
    return status;
}

static mien_status write_page(const mien_trainer *trainer, const yyjson_mut_doc *document,
                              mien_error *error) {
    char *const path = mien_trainer_path(trainer, MIEN_REPORT_FILE);
    char *title = NULL;
    mien_status status =
        path && asprintf(&title, "%s · training", trainer->manifest->name.text) >= 0
            ? mien_page_write(path, title, document, error)
            : mien_fail_memory(error, "a report");
    free(title);
    free(path);
    return status;
}

mien_status mien_report_write(const mien_trainer *trainer, const mien_training_event *event,
                              bool finished, const yyjson_mut_doc *review, mien_error *error) {
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const root = document ? yyjson_mut_obj(document) : NULL;
    if (!root) {
        yyjson_mut_doc_free(document);
        return mien_fail_memory(error, "a report");
    }
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, root, "kind", "training");
    mien_status status = add_recipe(trainer, document, error);
    add_run(trainer, event, finished, document);
    if (status == MIEN_OK) {
        status = add_history(trainer, document, error);
    }
    if (review) {
        yyjson_mut_val *const found = yyjson_mut_doc_get_root((yyjson_mut_doc *)review);
        yyjson_mut_obj_add_val(document, root, "evaluation",
                               yyjson_mut_val_mut_copy(document, found));
    }
    if (status == MIEN_OK) {
        status = write_page(trainer, document, error);
    }
    yyjson_mut_doc_free(document);
    return status;
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    state *const report = memory;
    mien_status status = MIEN_OK;
    if (event->best) {
        yyjson_mut_doc_free(report->review);
        report->review = NULL;
        mien_optimizer_swap_average(trainer->optimizer);
        status = mien_review(trainer, event->epoch, &report->review, error);
        mien_optimizer_swap_average(trainer->optimizer);
    }
    const bool finished = *stop || event->epoch == event->epochs;
    return status == MIEN_OK ? mien_report_write(trainer, event, finished, report->review, error)
                             : status;
}

static void end(void *memory, mien_trainer *trainer) {
    (void)trainer;
    yyjson_mut_doc_free(((state *)memory)->review);
}

const mien_callback_kind mien_callback_report = {.name = "report",
                                                 .stage = MIEN_STAGE_TELL,
                                                 .outward = true,
                                                 .state_size = sizeof(state),
                                                 .start = start,
                                                 .epoch = epoch,
                                                 .end = end};
