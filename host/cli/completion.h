// SPDX-License-Identifier: Apache-2.0
/// @file
/// Shell completion. The scripts are short: they hand the words typed so far to `mien __complete`,
/// which answers from the commands' own tables, so that all shells complete the same and nothing
/// is written twice.
#ifndef MIEN_HOST_CLI_COMPLETION_H
#define MIEN_HOST_CLI_COMPLETION_H

#include "host/cli/options.h"

#include <stdio.h>

/// Names of a kind that exist now (models), one call of `offer` each.
typedef void (*mien_offer)(void *context, const char *name, const char *help);
typedef void (*mien_name_source)(mien_argument_kind kind, mien_offer offer, void *context);

/// Answers what could stand in place of the last of `words` (which follow the command's name):
/// lines of `candidate<TAB>help`, or the one line `:files` or `:folders`. `names` lists models and
/// commands.
void mien_complete(FILE *file, const mien_command *command, int count, char *const *words,
                   mien_name_source names);

/// Prints `name<TAB>help` when the name starts as `word` does.
void mien_complete_offer(FILE *file, const char *word, const char *name, const char *help);

/// The shells, NULL-terminated, and the script for one of them; NULL for another name.
extern const char *const mien_completion_shells[];
const char *mien_completion_script(const char *shell);

#endif
