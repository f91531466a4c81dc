// SPDX-License-Identifier: Apache-2.0
/// @file
/// A progress line on standard error: only on a terminal, and only for what takes over two seconds.
#ifndef MIEN_HOST_CLI_PROGRESS_H
#define MIEN_HOST_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mien_progress {
    size_t total, done;
    double started, shown; ///< seconds; `shown`: when the line was last drawn
    bool visible;          ///< standard error is a terminal
    bool drawn;            ///< the line is there now
} mien_progress;

void mien_progress_start(mien_progress *progress, size_t total);

/// `done` of the total are finished; redraws ten times a second at most.
void mien_progress_update(mien_progress *progress, size_t done);

/// Takes the line away, for a message in its place or at the end.
void mien_progress_clear(mien_progress *progress);

/// As mien_progress_clear(), if standard output goes to a terminal as well.
void mien_progress_make_way(mien_progress *progress);

enum { MIEN_PROGRESS_TEXT = 160 };

/// "[######......]  50 %  5000/10000  812/s  0:06 left", `columns` wide at most. Returns `text`.
const char *mien_progress_format(size_t done, size_t total, double seconds, size_t columns,
                                 char text[MIEN_PROGRESS_TEXT]);

/// Seconds of a clock that never jumps.
double mien_seconds(void);

#endif
