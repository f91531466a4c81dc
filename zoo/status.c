// SPDX-License-Identifier: Apache-2.0
#include "mien/status.h"

#include <stdio.h>
#include <string.h>

const char *mien_status_text(mien_status status) {
    switch (status) {
#define STATUS_CASE(name, number, text)                                                            \
    case MIEN_##name:                                                                              \
        return text;
        MIEN_STATUS_TABLE(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}

static void mark_truncation(char *message, int length) {
    if (length >= MIEN_ERROR_CAPACITY) {
        memcpy(message + MIEN_ERROR_CAPACITY - 4, "...", 4);
    }
}

mien_status mien_fail_v(mien_error *error, mien_status status, const char *format,
                        va_list arguments) {
    if (error) {
        error->status = status;
        int length = vsnprintf(error->message, sizeof error->message, format, arguments);
        mark_truncation(error->message, length);
    }
    return status;
}

mien_status mien_fail(mien_error *error, mien_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    mien_fail_v(error, status, format, arguments);
    va_end(arguments);
    return status;
}

mien_status mien_error_context(mien_error *error, mien_status status, const char *format, ...) {
    if (!error || status == MIEN_OK) {
        return status;
    }
    error->status = status;
    char message[MIEN_ERROR_CAPACITY];
    memcpy(message, error->message, sizeof message);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length >= 0 && length < MIEN_ERROR_CAPACITY) {
        size_t used = (size_t)length;
        int rest = snprintf(error->message + used, sizeof error->message - used, ": %s", message);
        length += rest;
    }
    mark_truncation(error->message, length);
    return status;
}

mien_status mien_fail_memory(mien_error *error, const char *what) {
    return mien_fail(error, MIEN_OUT_OF_MEMORY, "out of memory for %s", what);
}
