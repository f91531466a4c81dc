// SPDX-License-Identifier: Apache-2.0
/// @file
/// `--help` and the man page, written from commands' tables.
#ifndef MIEN_HOST_CLI_HELP_H
#define MIEN_HOST_CLI_HELP_H

#include "host/cli/options.h"

#include <stdio.h>

/// What `mien COMMAND --help` prints.
void mien_help_write(FILE *file, const mien_command *command);

enum { MIEN_OPTION_TEXT_CAPACITY = 1024 };

/// "number of classes shown (from 1 to 1000; default 3)". Returns `text`.
const char *mien_option_describe(const mien_option *option, char text[MIEN_OPTION_TEXT_CAPACITY]);

/// mien.1 over all commands, in troff's man macros.
void mien_manual_write(FILE *file, const mien_command *const *commands, size_t count);

/// mien-NAME.1 of one companion program.
void mien_manual_write_companion(FILE *file, const mien_command *command);

#endif
