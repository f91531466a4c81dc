// SPDX-License-Identifier: Apache-2.0
#include "host/cli/torn.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/// How every row begins; # is any hexadecimal digit. A text is never taken for a row by less than
/// all of it that is there, so that nothing of others is taken away.
static const char form[] = "{\"schema\":#,\"cell\":\"################\",\"sweep\":\"";
static const char start[] = "{\"schema\":"; // cannot be inside a text, which has no bare quotes

static bool begins_as_row(const char *text, size_t size) {
    const size_t length = size < sizeof form - 1 ? size : sizeof form - 1;
    for (size_t i = 0; i < length; i++) {
        if (form[i] == '#' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i]) {
            return false;
        }
    }
    return length > 0;
}

size_t mien_torn_length(const char *text, size_t size) {
    const char *const line_end = size ? memchr(text, '\n', size) : NULL;
    size = line_end ? (size_t)(line_end - text) : size;
    const char *const next = size > 1 ? memmem(text + 1, size - 1, start, sizeof start - 1) : NULL;
    size = next ? (size_t)(next - text) : size;
    return begins_as_row(text, size) ? size : 0;
}
