// SPDX-License-Identifier: Apache-2.0
// `mien completion SHELL`.
#include "host/cli/commands.h"
#include "host/cli/completion.h"
#include "host/cli/exit_code.h"

static int run(const mien_arguments *arguments) {
    fputs(mien_completion_script(arguments->operands[0]), stdout);
    return MIEN_EXIT_DONE;
}

static const mien_example examples[] = {
    {"source <(mien completion bash)", "Completion in this shell"},
    {"mien completion fish >~/.config/fish/completions/mien.fish", "For good, in fish"},
};

const mien_command mien_completion_command = {
    .name = "completion",
    .summary = "Print the completion script of a shell",
    .operands = "SHELL",
    .fewest = 1,
    .most = 1,
    .operand_choices = mien_completion_shells,
    .description = "SHELL is bash, zsh or fish. 'make install' puts the scripts where the shells "
                   "look for them.",
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
