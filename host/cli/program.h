// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a program's main() calls: `mien` itself, and companions such as mien-import.
#ifndef MIEN_HOST_CLI_PROGRAM_H
#define MIEN_HOST_CLI_PROGRAM_H

#include "host/cli/options.h"

/// `mien`: runs a built-in command, else the program mien-NAME. Returns the exit code.
int mien_program_main(int count, char **arguments);

/// A companion, all of whose main() this is: parses, prints --help, runs. It also answers what
/// `mien` asks of companions: `__summary`, `__complete WORD...` and `__manual`. Returns the exit
/// code.
int mien_companion_main(const mien_command *command, int count, char **arguments);

/// Parses the words after a command's name and runs it. Returns the exit code.
int mien_command_execute(const mien_command *command, int count, char *const *words);

#endif
