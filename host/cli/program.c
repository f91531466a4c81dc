// SPDX-License-Identifier: Apache-2.0
#include "host/cli/program.h"

#include "host/cli/commands.h"
#include "host/cli/companion.h"
#include "host/cli/completion.h"
#include "host/cli/exit_code.h"
#include "host/cli/help.h"
#include "host/limits.h"
#include "zoo/nearest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mien_command_execute(const mien_command *command, int count, char *const *words) {
    mien_arguments arguments;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_arguments_parse(command, count, words, &arguments, &error);
    if (status != MIEN_OK) {
        mien_complain(command->name, "%s", error.message);
        if (status == MIEN_INVALID_ARGUMENT) {
            fprintf(stderr, "Try 'mien %s --help'.\n", command->name);
        }
        return mien_exit_code(status);
    }
    int code = MIEN_EXIT_DONE;
    if (arguments.help) {
        mien_help_write(stdout, command);
    } else {
        code = command->run(&arguments);
    }
    mien_arguments_free(&arguments);
    return mien_finish_output(command->name, code);
}

/// Puts /dev/null where a standard stream was closed, so that no file that is opened later gets its
/// number: libuv ends the process when it closes one of them. It is opened the other way round, so
/// that using the stream still is an error; what goes to standard error is lost either way.
static void fill_standard_streams(void) {
    static const int flags[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", flags[stream]) < 0) {
            return; // nothing better can be done, and there is nowhere to say so
        }
    }
}

int mien_companion_main(const mien_command *command, int count, char **arguments) {
    fill_standard_streams();
    mien_limits_prepare();
    const char *first = count > 1 ? arguments[1] : "";
    if (strcmp(first, "__summary") == 0) {
        puts(command->summary);
    } else if (strcmp(first, "__complete") == 0) {
        mien_complete(stdout, command, count - 2, arguments + 2, mien_known_names);
    } else if (strcmp(first, "__manual") == 0) {
        mien_manual_write_companion(stdout, command);
    } else {
        return mien_command_execute(command, count > 0 ? count - 1 : 0, arguments + 1);
    }
    return mien_finish_output(command->name, MIEN_EXIT_DONE);
}

/// `mien __complete WORD...`: the first word is a command, the others are its own.
static int complete(int count, char **words) {
    if (count > 1) {
        const mien_command *command = mien_command_find(words[0]);
        if (command) {
            mien_complete(stdout, command, count - 1, words + 1, mien_known_names);
            return MIEN_EXIT_DONE;
        }
        char *path = mien_companion_find(words[0]);
        if (path) {
            static char ask[] = "__complete";
            words[0] = ask;
            mien_companion_become(path, "", words);
        }
        free(path);
        return MIEN_EXIT_DONE;
    }
    static const mien_command top = {.operands = "", .operand_kind = MIEN_ARGUMENT_COMMAND};
    mien_complete(stdout, &top, count, words, mien_known_names);
    if (count == 1) {
        mien_complete_offer(stdout, words[0], "--version", "print the version");
    }
    return MIEN_EXIT_DONE;
}

static void offer_nearest(void *nearest, const char *name, const char *summary) {
    (void)summary;
    mien_nearest_offer(nearest, name);
    mien_nearest *seen = nearest;
    if (seen->best == name && !mien_command_find(name)) {
        // A companion's name lives only during the call.
        static char kept[128];
        snprintf(kept, sizeof kept, "%s", name);
        seen->best = kept;
    }
}

static int unknown_command(const char *name) {
    mien_nearest nearest = {.word = name};
    mien_known_names(MIEN_ARGUMENT_COMMAND, offer_nearest, &nearest);
    if (nearest.best) {
        mien_complain("", "there is no command '%s'; did you mean '%s'?", name, nearest.best);
    } else {
        mien_complain("", "there is no command '%s'; 'mien help' lists all", name);
    }
    return MIEN_EXIT_USAGE;
}

static int run_named(const char *name, int count, char **words) {
    const mien_command *command = mien_command_find(name);
    if (command) {
        return mien_command_execute(command, count, words);
    }
    char *path = mien_companion_find(name);
    int code = path ? mien_companion_become(path, name, words) : unknown_command(name);
    free(path);
    return code;
}

static bool is_one_of(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int mien_program_main(int count, char **arguments) {
    fill_standard_streams();
    mien_limits_prepare();
    if (count < 2) {
        mien_overview_write(stderr);
        return MIEN_EXIT_USAGE;
    }
    const char *first = arguments[1];
    if (is_one_of(first, "--help", "-h")) {
        mien_overview_write(stdout);
    } else if (is_one_of(first, "--version", "-V")) {
        puts("mien " MIEN_VERSION);
    } else if (strcmp(first, "__complete") == 0) {
        complete(count - 2, arguments + 2);
    } else if (strcmp(first, "__manual") == 0) {
        mien_manual_write(stdout, mien_commands, mien_command_count);
    } else if (*first == '-') {
        mien_complain("", "there is no option %s before the command; see 'mien --help'", first);
        return MIEN_EXIT_USAGE;
    } else {
        return run_named(first, count - 2, arguments + 2);
    }
    return mien_finish_output("", MIEN_EXIT_DONE);
}
