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
/// had), MIEN_OUT_OF_MEMORY. What goes to standard output over there goes to standard error.
/// [while the process has one thread]
MIEN_MUST_CHECK mien_status mien_apart_run(mien_apart_work *work, void *context, char **text,
                                           size_t *size, bool *ended, mien_error *error);

/// @name A child that is talked with
/// @{
typedef struct mien_apart mien_apart;

/// What the child does, over a line to its parent; it ends when this returns. What goes to standard
/// output there goes to standard error.
typedef void mien_apart_service(void *context, int line);

/// Starts a child, which does not outlive this process. End with mien_apart_end(). Errors: MIEN_IO
/// (no process can be had), MIEN_OUT_OF_MEMORY. [while the process has one thread]
MIEN_MUST_CHECK mien_status mien_apart_start(mien_apart_service *service, void *context,
                                             mien_apart **apart, mien_error *error);

/// Sends the child bytes; one that has gone does not get them, as mien_apart_receive() then says.
void mien_apart_send(const mien_apart *apart, const void *bytes, size_t size);

/// Waits for this many bytes from the child. Errors: MIEN_PLUGIN (it ended before, "was ended by
/// signal 11 (Segmentation fault)" or "ended the process (exit 0)"), MIEN_CANCELLED (the same after
/// Ctrl-C, which leaves it a second; then it is killed).
MIEN_MUST_CHECK mien_status mien_apart_receive(mien_apart *apart, void *bytes, size_t size,
                                               mien_error *error);

/// From now on an interruption, as host/cli/interrupt.h watches it, ends the child by SIGTERM while
/// it is waited for, unless it watches that, too; it is then left another second.
void mien_apart_hand_on(mien_apart *apart);

/// Ends the child, whatever it does, and frees. NULL is allowed.
void mien_apart_end(mien_apart *apart);

/// The child's side: whether all bytes could be sent, and were received.
bool mien_line_send(int line, const void *bytes, size_t size);
bool mien_line_receive(int line, void *bytes, size_t size);

/// Texts as they go over a line, one after the other, each with a NUL at its end.
void mien_line_write_text(FILE *file, const char *text);
/// Points to each of `count` texts among `size` bytes. False: there are fewer.
bool mien_line_split_texts(const char *bytes, size_t size, const char **texts, size_t count);
/// @}

#endif
