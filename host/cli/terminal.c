// SPDX-License-Identifier: Apache-2.0
#include "host/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool mien_terminal_colour(FILE *file) {
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0 && isatty(fileno(file));
}

size_t mien_terminal_width(FILE *file) {
    struct winsize size;
    return ioctl(fileno(file), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

const char *mien_style_start(mien_style style) {
    switch (style) {
    case MIEN_STYLE_PLAIN:
        break;
    case MIEN_STYLE_HEADING:
        return "\033[1m";
    case MIEN_STYLE_STRONG:
        return "\033[1;36m";
    case MIEN_STYLE_FAINT:
        return "\033[2m";
    case MIEN_STYLE_GOOD:
        return "\033[32m";
    case MIEN_STYLE_BAD:
        return "\033[31m";
    }
    return "";
}
