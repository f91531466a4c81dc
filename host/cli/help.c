// SPDX-License-Identifier: Apache-2.0
#include "host/cli/help.h"

#include "host/cli/text.h"

#include <string.h>

enum { HELP_WIDTH = 80, HELP_COLUMN = 24 };

static void append(char *text, size_t capacity, const char *separator, const char *more) {
    size_t used = strlen(text);
    snprintf(text + used, capacity - used, "%s%s", separator, more);
}

const char *mien_option_describe(const mien_option *option, char text[MIEN_OPTION_TEXT_CAPACITY]) {
    char notes[512] = "", range[96];
    for (size_t i = 0; option->choices && option->choices[i]; i++) {
        append(notes, sizeof notes, i ? ", " : "", option->choices[i]);
    }
    if (option->minimum != option->maximum) {
        snprintf(range, sizeof range, "from %.15g to %.15g", option->minimum, option->maximum);
        append(notes, sizeof notes, "", range);
    }
    const char *initial = option->initial;
    if (!initial && option->choices) {
        initial = option->choices[0];
    }
    if (initial) {
        append(notes, sizeof notes, *notes ? "; default " : "default ", initial);
    }
    if (option->type == MIEN_OPTION_LIST) {
        append(notes, sizeof notes, *notes ? "; " : "", "may be given more than once");
    }
    snprintf(text, MIEN_OPTION_TEXT_CAPACITY, *notes ? "%s (%s)" : "%s", option->help, notes);
    return text;
}

static void write_option(FILE *file, const mien_option *option) {
    char label[128], text[MIEN_OPTION_TEXT_CAPACITY];
    if (option->letter) {
        snprintf(label, sizeof label, "  -%c, --%s", option->letter, option->name);
    } else {
        snprintf(label, sizeof label, "      --%s", option->name);
    }
    if (option->placeholder) {
        append(label, sizeof label, " ", option->placeholder);
    }
    int gap = HELP_COLUMN - (int)mien_text_width(label);
    fprintf(file, "%s%*s", label, gap >= 2 ? gap : 0, "");
    if (gap < 2) {
        fputc('\n', file);
    }
    mien_text_wrap(file, mien_option_describe(option, text), HELP_COLUMN, HELP_WIDTH, gap >= 2);
}

void mien_help_write(FILE *file, const mien_command *command) {
    fprintf(file, "Usage: mien %s [OPTION]...%s%s\n\n", command->name,
            *command->operands ? " " : "", command->operands);
    fprintf(file, "%s.\n", command->summary);
    if (command->description) {
        fputc('\n', file);
        mien_text_wrap(file, command->description, 0, HELP_WIDTH, false);
    }
    fputs("\nOptions:\n", file);
    for (size_t i = 0; i < command->option_count; i++) {
        write_option(file, &command->options[i]);
    }
    static const mien_option help = {
        .name = "help", .letter = 'h', .type = MIEN_OPTION_FLAG, .help = "this text"};
    write_option(file, &help);
    if (command->example_count) {
        fputs("\nExamples:\n", file);
    }
    for (size_t i = 0; i < command->example_count; i++) {
        fprintf(file, "  %s\n      %s\n", command->examples[i].line, command->examples[i].what);
    }
}
