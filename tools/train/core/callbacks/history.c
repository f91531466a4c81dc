// SPDX-License-Identifier: Apache-2.0
// history.csv: a row an epoch. The file is written anew each time, so that it is always whole, and
// a resumed run takes over the rows up to its checkpoint.
#include "tools/train/core/loop/file.h"
#include "tools/train/core/loop/report.h"
#include "tools/train/core/loop/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "epoch,step,rate,loss,accuracy,validation_loss,validation_accuracy,"
                             "gradient_norm,pictures_per_second,seconds,best\n";

typedef struct state {
    char *rows; ///< with the header
} state;

/// The first lines of a text: the header and one an epoch done.
static void cut_after(char *text, size_t lines) {
    for (; *text && lines > 0; text++) {
        lines -= *text == '\n';
    }
    *text = '\0';
}

/// Another run's rows, or NULL where there is no file.
static char *read_rows(const char *path) {
    char *text = NULL;
    size_t capacity = 0;
    FILE *const file = fopen(path, "re");
    if (!file) {
        return NULL;
    }
    const ssize_t length = getdelim(&text, &capacity, '\0', file);
    fclose(file);
    if (length < 0 || strncmp(text, header, sizeof header - 1) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static mien_status start(void *memory, mien_trainer *trainer, mien_error *error) {
    state *const history = memory;
    char *const path = mien_trainer_path(trainer, MIEN_HISTORY_FILE);
    if (path && trainer->options.resume) {
        history->rows = read_rows(path);
    }
    if (history->rows) {
        cut_after(history->rows, 1 + (size_t)trainer->numbers.step / trainer->epoch_steps);
    } else {
        history->rows = strdup(header);
    }
    const bool whole = path && history->rows;
    free(path);
    return whole ? MIEN_OK : mien_fail_memory(error, "the history");
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)stop;
    state *const history = memory;
    char *rows = NULL;
    if (asprintf(&rows, "%s%u,%llu,%.6g,%.6f,%.5f,%.6f,%.5f,%.4g,%.1f,%.1f,%d\n", history->rows,
                 event->epoch, (unsigned long long)event->step, event->rate, event->loss,
                 event->accuracy, event->validation_loss, event->validation_accuracy,
                 event->gradient_norm, event->pictures_per_second, event->seconds,
                 event->best) < 0) {
        return mien_fail_memory(error, "the history");
    }
    free(history->rows);
    history->rows = rows;
    char *const path = mien_trainer_path(trainer, MIEN_HISTORY_FILE);
    const mien_status status =
        path ? mien_file_replace(path, rows, error) : mien_fail_memory(error, "a path");
    free(path);
    return status;
}

static void end(void *memory, mien_trainer *trainer) {
    (void)trainer;
    free(((state *)memory)->rows);
}

const mien_callback_kind mien_callback_history = {.name = "history",
                                                  .stage = MIEN_STAGE_RECORD,
                                                  .outward = true,
                                                  .state_size = sizeof(state),
                                                  .start = start,
                                                  .epoch = epoch,
                                                  .end = end};
