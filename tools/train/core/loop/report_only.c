// SPDX-License-Identifier: Apache-2.0
// A run's report, made from what the run left: its weights and its history.
#include "tools/train/core/loop/report.h"

#include "host/cli/csv_table.h"
#include "tools/train/core/loop/review.h"
#include "tools/train/core/loop/start.h"
#include "tools/train/core/loop/state.h"

#include <math.h>
#include <stdlib.h>

mien_status mien_trainer_take_weights(mien_trainer *trainer, mien_error *error) {
    static const mien_manifest_texts nothing = {0};
    mien_start_report found = {0};
    char *const path = mien_trainer_named_path(trainer, ".safetensors");
    mien_status status = path ? mien_start_load(trainer->network, path, &nothing, &found, error)
                              : mien_fail_memory(error, "a path");
    if (status == MIEN_OK && found.missing + found.misshapen > 0) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s: lacks \"%s\", or has it in another shape; give the recipe that "
                           "these weights were trained with",
                           path, found.first_missing ? found.first_missing : found.first_misshapen);
    }
    free(path);
    return status;
}

// --- The history ---------------------------------------------------------------------------------

static mien_status read_number(const mien_csv *table, size_t row, const char *name, double *number,
                               mien_error *error) {
    const int column = mien_csv_column(table, name);
    if (column == MIEN_CSV_NO_COLUMN) {
        return mien_fail(error, MIEN_BAD_INPUT, "has no column \"%s\"", name);
    }
    const char *const text = mien_csv_field(table, row, column);
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number)
               ? MIEN_OK
               : mien_fail(error, MIEN_BAD_INPUT, "\"%.64s\" in column \"%s\" is no number", text,
                           name);
}

/// The best epoch's figures, as the run had them.
static mien_status read_best(const mien_csv *table, size_t row, mien_training_numbers *numbers,
                             mien_error *error) {
    const struct {
        const char *name;
        double *number;
    } columns[] = {{"epoch", &numbers->best_epoch},
                   {"validation_accuracy", &numbers->best_accuracy},
                   {"validation_loss", &numbers->best_loss}};
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns && status == MIEN_OK; i++) {
        status = read_number(table, row, columns[i].name, columns[i].number, error);
    }
    return status;
}

static mien_status read_last(const mien_csv *table, mien_training_event *last, mien_error *error) {
    const size_t row = mien_csv_rows(table) - 1;
    double epoch = 0, step = 0;
    mien_status status = read_number(table, row, "epoch", &epoch, error);
    if (status == MIEN_OK) {
        status = read_number(table, row, "step", &step, error);
    }
    if (status == MIEN_OK) {
        status = read_number(table, row, "seconds", &last->seconds, error);
    }
    last->epoch = epoch > 0 && epoch < UINT32_MAX ? (uint32_t)epoch : 0;
    last->step = step > 0 && step < UINT32_MAX ? (uint64_t)step : 0;
    return status;
}

/// The last row that is marked is the best epoch.
static mien_status read_rows(mien_trainer *trainer, const mien_csv *table,
                             mien_training_event *last, mien_error *error) {
    if (mien_csv_rows(table) == 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "has no epoch");
    }
    mien_status status = read_last(table, last, error);
    double best = 0;
    for (size_t row = mien_csv_rows(table); row-- > 0 && status == MIEN_OK && best == 0;) {
        status = read_number(table, row, "best", &best, error);
        if (status == MIEN_OK && best != 0) {
            status = read_best(table, row, &trainer->numbers, error);
        }
    }
    return status == MIEN_OK && best == 0
               ? mien_fail(error, MIEN_BAD_INPUT, "marks no epoch as the best")
               : status;
}

static mien_status read_history(mien_trainer *trainer, mien_training_event *last,
                                mien_error *error) {
    mien_csv *table = NULL;
    char *const path = mien_trainer_path(trainer, MIEN_HISTORY_FILE);
    if (!path) {
        return mien_fail_memory(error, "a path");
    }
    mien_status status = mien_csv_read(path, &table, error);
    if (status == MIEN_OK) {
        status = read_rows(trainer, table, last, error);
        status = mien_error_context(error, status, "%s", path);
    }
    mien_csv_free(table);
    free(path);
    return status;
}

// --- The report ----------------------------------------------------------------------------------

/// Weights are written in half precision, which may change an answer or two, but no more.
static mien_status check(mien_trainer *trainer, mien_error *error) {
    const mien_training_numbers *const numbers = &trainer->numbers;
    const double pictures = (double)trainer->validation_count;
    double loss = 0, accuracy = 0;
    mien_status status = mien_trainer_validate(trainer, &loss, &accuracy, error);
    if (status == MIEN_OK &&
        fabs(accuracy - numbers->best_accuracy) * pictures > 1 + pictures / 100) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s: the weights are right on %.2f %% of the validation pictures, and "
                           "the history says %.2f %% of epoch %.0f: weights, history or pictures "
                           "are another run's",
                           trainer->options.output, 100 * accuracy, 100 * numbers->best_accuracy,
                           numbers->best_epoch);
    }
    return status;
}

mien_status mien_trainer_report(mien_trainer *trainer, mien_error *error) {
    mien_training_event last = {.epochs = trainer->recipe->train.epochs};
    yyjson_mut_doc *review = NULL;
    mien_status status = read_history(trainer, &last, error);
    if (status == MIEN_OK) {
        status = check(trainer, error);
    }
    if (status == MIEN_OK) {
        status = mien_review(trainer, (uint32_t)trainer->numbers.best_epoch, &review, error);
    }
    if (status == MIEN_OK) {
        status = mien_report_write(trainer, &last, last.epoch >= last.epochs, review, error);
    }
    yyjson_mut_doc_free(review);
    return status;
}
