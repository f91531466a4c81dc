// SPDX-License-Identifier: Apache-2.0
#include "host/cli/help.h"

#include <string.h>

/// Writes text as troff would have it: backslashes, hyphens, and dots and quotes at a line's start.
static void put(FILE *file, const char *text) {
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\'')) {
            fputs("\\&", file);
        }
        if (*text == '\\') {
            fputs("\\e", file);
        } else if (*text == '-') {
            fputs("\\-", file);
        } else {
            fputc(*text, file);
        }
        start = *text == '\n';
    }
}

static void put_paragraphs(FILE *file, const char *text) {
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t bytes = end ? (size_t)(end - text) : strlen(text);
        char paragraph[4096];
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)bytes, text);
        fputs(".PP\n", file);
        put(file, paragraph);
        fputc('\n', file);
        text += bytes + strspn(text + bytes, "\n");
    }
}

static void put_option(FILE *file, const mien_option *option) {
    char text[MIEN_OPTION_TEXT_CAPACITY];
    fputs(".TP\n", file);
    if (option->letter) {
        fprintf(file, "\\fB\\-%c\\fR, ", option->letter);
    }
    fputs("\\fB\\-\\-", file);
    put(file, option->name);
    fputs("\\fR", file);
    if (option->placeholder) {
        fputs(" \\fI", file);
        put(file, option->placeholder);
        fputs("\\fR", file);
    }
    fputc('\n', file);
    put(file, mien_option_describe(option, text));
    fputc('\n', file);
}

static void put_usage(FILE *file, const char *program, const mien_command *command) {
    fputs(".PP\n\\fB", file);
    put(file, program);
    put(file, command->name);
    fputs("\\fR [\\fIOPTION\\fR]...", file);
    if (*command->operands) {
        fputs(" \\fI", file);
        put(file, command->operands);
        fputs("\\fR", file);
    }
    fputc('\n', file);
}

static void put_command(FILE *file, const mien_command *command) {
    char summary[512];
    snprintf(summary, sizeof summary, "%s.", command->summary);
    put_paragraphs(file, summary);
    if (command->description) {
        put_paragraphs(file, command->description);
    }
    for (size_t i = 0; i < command->option_count; i++) {
        put_option(file, &command->options[i]);
    }
    for (size_t i = 0; i < command->example_count; i++) {
        fputs(i ? ".PP\n" : ".PP\nExamples:\n.PP\n", file);
        put(file, command->examples[i].what);
        fputs(":\n.PP\n.RS 4\n.EX\n", file);
        put(file, command->examples[i].line);
        fputs("\n.EE\n.RE\n", file);
    }
}

static const char exit_codes[] = ".SH EXIT STATUS\n"
                                 ".TP\n0\nDone.\n"
                                 ".TP\n1\nFailed, or a check found something wrong.\n"
                                 ".TP\n2\nWrong usage.\n"
                                 ".TP\n3\nBad input: a picture, manifest, plugin or weights file.\n"
                                 ".TP\n130\nInterrupted.\n";

static const char environment[] =
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBMIEN_MANIFEST_PATH\\fR\n"
    "Folders of manifests, colons between, searched before the others.\n"
    ".TP\n\\fBMIEN_PLUGIN_PATH\\fR\n"
    "Folders of plugins, colons between, searched before the others.\n"
    ".TP\n\\fBNO_COLOR\\fR\n"
    "When set and not empty, output has no colour.\n";

static void put_heading(FILE *file, const char *name, const char *summary) {
    fputs(".TH ", file);
    put(file, name);
    fprintf(file, " 1 \"\" \"mien %s\" \"Mien\"\n.SH NAME\n", MIEN_VERSION);
    put(file, name);
    fputs(" \\- ", file);
    put(file, summary);
    fputs("\n.SH SYNOPSIS\n", file);
}

void mien_manual_write(FILE *file, const mien_command *const *commands, size_t count) {
    put_heading(file, "mien", "a plugin-based zoo of facial-emotion models");
    for (size_t i = 0; i < count; i++) {
        put_usage(file, "mien ", commands[i]);
    }
    fputs(".SH DESCRIPTION\n"
          "Mien runs models that recognise emotions in pictures of faces. A model is a manifest\n"
          "(YAML), a plugin that declares the network, and a weights file.\n"
          ".PP\n"
          "\\fBmien\\fR \\fINAME\\fR runs a command below, else the program\n"
          "\\fBmien\\-\\fINAME\\fR beside mien or on the path.\n"
          ".SH COMMANDS\n",
          file);
    for (size_t i = 0; i < count; i++) {
        fputs(".SS mien ", file);
        put(file, commands[i]->name);
        fputc('\n', file);
        put_command(file, commands[i]);
    }
    fputs(environment, file);
    fputs(exit_codes, file);
}

void mien_manual_write_companion(FILE *file, const mien_command *command) {
    char name[128];
    snprintf(name, sizeof name, "mien-%s", command->name);
    put_heading(file, name, command->summary);
    put_usage(file, "mien ", command);
    fputs(".SH DESCRIPTION\n", file);
    put_command(file, command);
    fputs(exit_codes, file);
    fputs(".SH SEE ALSO\n\\fBmien\\fR(1)\n", file);
}
