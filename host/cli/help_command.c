// SPDX-License-Identifier: Apache-2.0
// `mien help [COMMAND]`.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/program.h"

static int run(const mien_arguments *arguments) {
    if (arguments->operand_count == 0) {
        mien_overview_write(stdout);
        return MIEN_EXIT_DONE;
    }
    static char program[] = "mien", help[] = "--help";
    char *words[] = {program, (char *)arguments->operands[0], help, NULL};
    return mien_program_main(3, words);
}

const mien_command mien_help_command = {
    .name = "help",
    .summary = "What a command does and takes",
    .operands = "[COMMAND]",
    .most = 1,
    .operand_kind = MIEN_ARGUMENT_COMMAND,
    .run = run,
};
