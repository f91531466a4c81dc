// SPDX-License-Identifier: Apache-2.0
#include "host/cli/exit_code.h"

#include "host/cli/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mien_exit_code(mien_status status) {
    switch (status) {
    case MIEN_OK:
        return MIEN_EXIT_DONE;
    case MIEN_INVALID_ARGUMENT:
        return MIEN_EXIT_USAGE;
    case MIEN_BAD_INPUT:
    case MIEN_NOT_FOUND:
    case MIEN_UNSUPPORTED:
    case MIEN_ABI_MISMATCH:
    case MIEN_PLUGIN:
        return MIEN_EXIT_BAD_INPUT;
    case MIEN_CANCELLED:
        return MIEN_EXIT_INTERRUPTED;
    case MIEN_OUT_OF_MEMORY:
    case MIEN_IO:
    case MIEN_INTERNAL:
        break;
    }
    return MIEN_EXIT_FAILED;
}

/// What stands in the way of standard output, an errno; 0 while nothing does.
static int output_failure;

/// What has failed loses its cause when it happened while a full buffer was printed; one more try
/// meets it again. Where it then succeeds, a part is missing all the same.
static int find_cause(void) {
    clearerr(stdout);
    errno = 0;
    return (fputc('\n', stdout) == EOF || fflush(stdout) != 0) && errno ? errno : EIO;
}

static bool output_works(void) {
    errno = 0;
    if (output_failure == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
        output_failure = errno ? errno : find_cause();
    }
    return output_failure == 0;
}

void mien_complain(const char *command, const char *format, ...) {
    char message[MIEN_ERROR_CAPACITY + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    // A hostile file name must not begin a line that looks like one of ours; lists are indented.
    for (char *at = message; (at = strchr(at, '\n')); at++) {
        *at = strncmp(at + 1, "  ", 2) == 0 ? '\n' : ' ';
    }
    char *clean = mien_text_clean(message, true);
    (void)output_works(); // in the order of events where both go to one terminal
    fprintf(stderr, "mien%s%s: %s\n", *command ? " " : "", command,
            clean ? clean : "out of memory");
    free(clean);
}

mien_status mien_flush_output(mien_error *error) {
    return output_works() ? MIEN_OK
                          : mien_fail(error, MIEN_IO, "cannot write standard output: %s",
                                      strerror(output_failure));
}

int mien_exit_with(const char *command, mien_status status, const mien_error *error) {
    // mien_finish_output() says the rest.
    if (status != MIEN_IO || output_works()) {
        mien_complain(command, "%s", error->message);
    }
    return mien_exit_code(status);
}

int mien_finish_output(const char *command, int code) {
    if (output_works()) {
        return code;
    }
    if (output_failure != EPIPE) {
        mien_complain(command, "cannot write standard output: %s", strerror(output_failure));
    }
    return MIEN_EXIT_FAILED;
}
