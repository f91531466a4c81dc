// SPDX-License-Identifier: Apache-2.0
/// @file
/// How a program of Mien ends: the exit codes, and the one way to say what went wrong.
#ifndef MIEN_HOST_CLI_EXIT_CODE_H
#define MIEN_HOST_CLI_EXIT_CODE_H

#include "mien/status.h"

enum {
    MIEN_EXIT_DONE = 0,
    MIEN_EXIT_FAILED = 1,
    MIEN_EXIT_USAGE = 2,
    MIEN_EXIT_BAD_INPUT = 3,
    MIEN_EXIT_INTERRUPTED = 130,
};

/// The exit code of a command that ends with this status. [any thread]
int mien_exit_code(mien_status status);

/// Prints "mien COMMAND: message" to standard error, terminal control characters made harmless.
/// Line feeds become spaces but for those of indented lists.
void mien_complain(const char *command, const char *format, ...) MIEN_PRINTF(2, 3);

/// mien_complain() with the error's message; returns the status' exit code.
int mien_exit_with(const char *command, mien_status status, const mien_error *error);

/// Hands on what was printed so far, so that who reads a pipe sees each part when it is done, and
/// that a command with much to print ends when nobody can have it. Errors: MIEN_IO.
MIEN_MUST_CHECK mien_status mien_flush_output(mien_error *error);

/// Flushes standard output and returns `code`, or, when not all of the output could be written,
/// says so, once (not at all when the reader has gone), and returns MIEN_EXIT_FAILED.
int mien_finish_output(const char *command, int code);

#endif
