// SPDX-License-Identifier: Apache-2.0
/// @file
/// The built-in commands, in the order `mien help` lists them. Each is defined in its own file.
#ifndef MIEN_HOST_CLI_COMMANDS_H
#define MIEN_HOST_CLI_COMMANDS_H

#include "host/cli/options.h"

#include <stdio.h>

extern const mien_command mien_list_command, mien_inspect_command, mien_check_command,
    mien_predict_command, mien_compare_command, mien_evaluate_command, mien_explain_command,
    mien_fit_command, mien_sweep_command, mien_report_command, mien_bench_command,
    mien_schema_command, mien_completion_command, mien_help_command;

extern const mien_command *const mien_commands[];
extern const size_t mien_command_count;

/// The built-in command of that name; NULL when there is none.
const mien_command *mien_command_find(const char *name);

/// What `mien help` prints: all commands, companions included.
void mien_overview_write(FILE *file);

/// Names for completion: models from the registry, or commands. Fits mien_name_source.
void mien_known_names(mien_argument_kind kind,
                      void (*offer)(void *context, const char *name, const char *help),
                      void *context);

#endif
