// SPDX-License-Identifier: Apache-2.0
#include "host/cli/exit_code.h"

#include "host/cli/text.h"

#include <errno.h>
#include <stdarg.h>
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

void mien_complain(const char *command, const char *format, ...) {
    char message[MIEN_ERROR_CAPACITY + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    char *clean = mien_text_clean(message, true);
    fflush(stdout);
    fprintf(stderr, "mien%s%s: %s\n", *command ? " " : "", command,
            clean ? clean : "out of memory");
    free(clean);
}

int mien_exit_with(const char *command, mien_status status, const mien_error *error) {
    mien_complain(command, "%s", error->message);
    return mien_exit_code(status);
}

int mien_finish_output(const char *command, int code) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return code;
    }
    if (errno != EPIPE) {
        mien_complain(command, "cannot write standard output: %s",
                      errno ? strerror(errno) : "an earlier write failed");
    }
    return MIEN_EXIT_FAILED;
}
