// SPDX-License-Identifier: Apache-2.0
#include "host/cli/progress.h"

#include "host/cli/terminal.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24, PLAIN_WIDTH = 80 };
static const double patience = 2, interval = 0.1;

double mien_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void mien_progress_start(mien_progress *progress, size_t total) {
    *progress = (mien_progress){
        .total = total, .started = mien_seconds(), .visible = isatty(STDERR_FILENO) == 1};
}

const char *mien_progress_format(size_t done, size_t total, double seconds, size_t columns,
                                 char text[MIEN_PROGRESS_TEXT]) {
    char bar[BAR + 1];
    double share = total ? (double)done / (double)total : 1;
    size_t filled = (size_t)(share * BAR);
    memset(bar, '.', BAR);
    memset(bar, '#', filled < BAR ? filled : BAR);
    bar[BAR] = '\0';
    double rate = seconds > 0 ? (double)done / seconds : 0;
    int used = snprintf(text, MIEN_PROGRESS_TEXT, "[%s] %3.0f %%  %zu/%zu  %.*f/s", bar,
                        100 * share, done, total, rate < 10 ? 1 : 0, rate);
    if (rate > 0) {
        unsigned long left = (unsigned long)((double)(total - done) / rate + 0.5);
        char clock[48];
        if (left >= 3600) {
            snprintf(clock, sizeof clock, "%lu:%02lu:%02lu", left / 3600, left / 60 % 60,
                     left % 60);
        } else {
            snprintf(clock, sizeof clock, "%lu:%02lu", left / 60, left % 60);
        }
        snprintf(text + used, MIEN_PROGRESS_TEXT - (size_t)used, "  %s left", clock);
    }
    if (columns < strlen(text)) {
        text[columns] = '\0';
    }
    return text;
}

void mien_progress_update(mien_progress *progress, size_t done) {
    progress->done = done;
    if (!progress->visible) {
        return;
    }
    double now = mien_seconds();
    if (now - progress->started < patience || now - progress->shown < interval) {
        return;
    }
    char text[MIEN_PROGRESS_TEXT];
    size_t columns = mien_terminal_width(stderr);
    mien_progress_format(done, progress->total, now - progress->started,
                         columns ? columns - 1 : PLAIN_WIDTH, text);
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    progress->shown = now;
    progress->drawn = true;
}

void mien_progress_clear(mien_progress *progress) {
    if (progress->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->drawn = false;
    }
}

void mien_progress_make_way(mien_progress *progress) {
    if (progress->drawn && isatty(STDOUT_FILENO) == 1) {
        mien_progress_clear(progress);
    }
}
