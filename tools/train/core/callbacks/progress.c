// SPDX-License-Identifier: Apache-2.0
// What is seen of training: a line that lives on the terminal, and a line an epoch that stays.
#include "tools/train/core/loop/state.h"

#include "host/cli/exit_code.h"
#include "host/cli/json_output.h"
#include "host/cli/progress.h"
#include "host/cli/terminal.h"
#include "host/cli/text.h"

#include <string.h>
#include <unistd.h>

enum { LINE = 200, CLOCK = 32, PLAIN_WIDTH = 80 };
static const double interval = 0.1;

typedef struct state {
    bool visible;
    double shown; ///< seconds
} state;

static bool drawn; ///< the line is there, for mien_trainer_say()

static void clear(void) {
    if (drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        drawn = false;
    }
}

void mien_trainer_say(const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    clear();
    if (length >= 0) {
        mien_complain("train", "%s", text);
        free(text);
    }
}

static mien_status start(void *memory, mien_trainer *trainer, mien_error *error) {
    (void)trainer;
    (void)error;
    ((state *)memory)->visible = isatty(STDERR_FILENO) == 1;
    return MIEN_OK;
}

static const char *clock_text(double seconds, char text[CLOCK]) {
    const unsigned long left = (unsigned long)(seconds + 0.5);
    if (left >= 3600) {
        snprintf(text, CLOCK, "%lu:%02lu:%02lu", left / 3600, left / 60 % 60, left % 60);
    } else {
        snprintf(text, CLOCK, "%lu:%02lu", left / 60, left % 60);
    }
    return text;
}

static mien_status step(void *memory, mien_trainer *trainer, const mien_training_event *event,
                        mien_error *error) {
    (void)error;
    state *const line = memory;
    const double now = mien_seconds();
    if (!line->visible || now - line->shown < interval) {
        return MIEN_OK;
    }
    char text[LINE], clock[CLOCK];
    const double left = event->pictures_per_second > 0
                            ? (double)(event->steps - event->step) * (double)trainer->batch /
                                  event->pictures_per_second
                            : 0;
    const mien_training_numbers *const sums = &trainer->numbers;
    snprintf(text, sizeof text,
             "epoch %u/%u  step %llu/%llu  loss %.4f  accuracy %.1f %%  %.0f pictures/s  %s left",
             event->epoch, event->epochs, (unsigned long long)event->step,
             (unsigned long long)event->steps, sums->losses / sums->steps,
             100 * sums->correct / sums->pictures, event->pictures_per_second,
             clock_text(left, clock));
    const size_t columns = mien_terminal_width(stderr);
    fprintf(stderr, "\r\033[K%.*s", (int)(columns ? columns - 1 : PLAIN_WIDTH), text);
    fflush(stderr);
    drawn = true;
    line->shown = now;
    return MIEN_OK;
}

static mien_status write_json(const mien_training_event *event, mien_error *error) {
    enum { DIGITS = 6 };
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const root = document ? yyjson_mut_obj(document) : NULL;
    if (root) {
        yyjson_mut_doc_set_root(document, root);
        yyjson_mut_obj_add_uint(document, root, "epoch", event->epoch);
        yyjson_mut_obj_add_uint(document, root, "epochs", event->epochs);
        yyjson_mut_obj_add_uint(document, root, "step", event->step);
        mien_json_add_number(document, root, "rate", event->rate, DIGITS);
        mien_json_add_number(document, root, "loss", event->loss, DIGITS);
        mien_json_add_number(document, root, "accuracy", event->accuracy, DIGITS);
        mien_json_add_number(document, root, "validation_loss", event->validation_loss, DIGITS);
        mien_json_add_number(document, root, "validation_accuracy", event->validation_accuracy,
                             DIGITS);
        mien_json_add_number(document, root, "pictures_per_second", event->pictures_per_second,
                             DIGITS);
        mien_json_add_number(document, root, "seconds", event->seconds, DIGITS);
        yyjson_mut_obj_add_bool(document, root, "best", event->best);
    }
    const mien_status status = mien_json_write(root ? document : NULL, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)memory;
    (void)stop;
    char clock[CLOCK];
    clear();
    if (trainer->options.json) {
        const mien_status status = write_json(event, error);
        return status == MIEN_OK ? mien_flush_output(error) : status;
    }
    printf("epoch %*u/%u  loss %.4f  accuracy %5.1f %%  validation loss %.4f  accuracy %5.2f %%%s  "
           "rate %.3g  %.0f pictures/s  %s\n",
           (int)(event->epochs >= 100  ? 3
                 : event->epochs >= 10 ? 2
                                       : 1),
           event->epoch, event->epochs, event->loss, 100 * event->accuracy, event->validation_loss,
           100 * event->validation_accuracy, event->best ? " *" : "  ", event->rate,
           event->pictures_per_second, clock_text(event->seconds, clock));
    return mien_flush_output(error);
}

static void end(void *memory, mien_trainer *trainer) {
    (void)memory;
    (void)trainer;
    clear();
}

const mien_callback_kind mien_callback_progress = {.name = "progress",
                                                   .stage = MIEN_STAGE_TELL,
                                                   .outward = true,
                                                   .state_size = sizeof(state),
                                                   .start = start,
                                                   .step = step,
                                                   .epoch = epoch,
                                                   .end = end};
