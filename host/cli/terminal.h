// SPDX-License-Identifier: Apache-2.0
/// @file
/// What is at the other end of a stream: colour where a person reads, none where a program does.
#ifndef MIEN_HOST_CLI_TERMINAL_H
#define MIEN_HOST_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum mien_style {
    MIEN_STYLE_PLAIN = 0,
    MIEN_STYLE_HEADING,
    MIEN_STYLE_STRONG,
    MIEN_STYLE_FAINT,
    MIEN_STYLE_GOOD,
    MIEN_STYLE_BAD,
} mien_style;

/// A terminal that takes colour, unless NO_COLOR is set and not empty or TERM is "dumb".
bool mien_terminal_colour(FILE *file);

/// Its width in columns; 0 when `file` is no terminal or does not say.
size_t mien_terminal_width(FILE *file);

/// The escape sequence that starts a style; "" for MIEN_STYLE_PLAIN. End it with
/// MIEN_STYLE_END.
const char *mien_style_start(mien_style style);
#define MIEN_STYLE_END "\033[0m"

#endif
