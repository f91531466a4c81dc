// SPDX-License-Identifier: Apache-2.0
/// @file
/// Work in a process of its own, so that a plugin that crashes there, or ends the process, ends
/// that work alone. Libraries are loaded and threads are started over there, and go with it.
#ifndef MIEN_HOST_CLI_APART_H
#define MIEN_HOST_CLI_APART_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/// What is to be done. What it writes to `file` is handed back, and so are its status and error;
/// all else that it changes in memory is lost.
typedef mien_status mien_apart_work(void *context, FILE *file, mien_error *error);

/// Does the work in a forked child and waits for it. SIGINT and SIGTERM are handed on, as
/// host/cli/interrupt.h watches them; the child does not outlive this process. `*text`, `size`
/// bytes and a NUL, is what it wrote; free() it, it is NULL after a failure. `*ended`: the work did
/// not come to its end, and the error says what did ("was ended by signal 11 (Segmentation
/// fault)"). Errors: the work's, MIEN_PLUGIN (`*ended`), MIEN_CANCELLED, MIEN_IO (no process can be
/// had), MIEN_OUT_OF_MEMORY. [while the process has one thread]
MIEN_MUST_CHECK mien_status mien_apart_run(mien_apart_work *work, void *context, char **text,
                                           size_t *size, bool *ended, mien_error *error);

#endif
