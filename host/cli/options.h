// SPDX-License-Identifier: Apache-2.0
/// @file
/// A command of `mien`, or of a companion program, described once: its options, its operands and
/// what they mean. Parsing, `--help`, the man page and shell completion all read this table.
///
///     typedef struct { int64_t top_k; bool json; } values;
///     static const mien_option options[] = {
///         MIEN_INTEGER_OPTION(values, top_k, "top-k", 'k', "N", "3", 1, 1000, "classes shown"),
///         MIEN_FLAG_OPTION(values, json, "json", 0, "one JSON object a line"),
///     };
#ifndef MIEN_HOST_CLI_OPTIONS_H
#define MIEN_HOST_CLI_OPTIONS_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What an option's value is, and the type of the member it is stored in.
typedef enum mien_option_type {
    MIEN_OPTION_FLAG,    ///< bool; takes no value
    MIEN_OPTION_INTEGER, ///< int64_t
    MIEN_OPTION_NUMBER,  ///< double
    MIEN_OPTION_TEXT,    ///< const char *; NULL when neither given nor defaulted
    MIEN_OPTION_CHOICE,  ///< int: index into `choices`
    MIEN_OPTION_LIST,    ///< mien_text_list: every time the option was given
} mien_option_type;

/// What a text names, for completion.
typedef enum mien_argument_kind {
    MIEN_ARGUMENT_OTHER = 0,
    MIEN_ARGUMENT_FILE,
    MIEN_ARGUMENT_FOLDER,
    MIEN_ARGUMENT_MODEL,
    MIEN_ARGUMENT_COMMAND,
} mien_argument_kind;

typedef struct mien_text_list {
    const char **items; ///< NULL after the last; itself NULL when there is none
    size_t count;
} mien_text_list;

typedef struct mien_option {
    const char *name; ///< without dashes
    char letter;      ///< 0: none
    mien_option_type type;
    size_t offset;           ///< of the member in the command's struct of values
    const char *placeholder; ///< "N"; NULL for flags
    const char *initial;     ///< default as it would be typed; NULL: zero, nothing or first choice
    double minimum, maximum; ///< INTEGER and NUMBER; equal: no range
    const char *const *choices; ///< CHOICE: NULL-terminated
    mien_argument_kind kind;    ///< TEXT and LIST
    const char *help; ///< one sentence, small first letter, no full stop; default and range are
                      ///< appended
} mien_option;

#define MIEN_FLAG_OPTION(values, member, long_name, short_letter, text)                            \
    {.name = long_name,                                                                            \
     .letter = short_letter,                                                                       \
     .type = MIEN_OPTION_FLAG,                                                                     \
     .offset = offsetof(values, member),                                                           \
     .help = text}
#define MIEN_INTEGER_OPTION(values, member, long_name, short_letter, holder, start, low, high,     \
                            text)                                                                  \
    {.name = long_name,                                                                            \
     .letter = short_letter,                                                                       \
     .type = MIEN_OPTION_INTEGER,                                                                  \
     .offset = offsetof(values, member),                                                           \
     .placeholder = holder,                                                                        \
     .initial = start,                                                                             \
     .minimum = low,                                                                               \
     .maximum = high,                                                                              \
     .help = text}
#define MIEN_NUMBER_OPTION(values, member, long_name, short_letter, holder, start, low, high,      \
                           text)                                                                   \
    {.name = long_name,                                                                            \
     .letter = short_letter,                                                                       \
     .type = MIEN_OPTION_NUMBER,                                                                   \
     .offset = offsetof(values, member),                                                           \
     .placeholder = holder,                                                                        \
     .initial = start,                                                                             \
     .minimum = low,                                                                               \
     .maximum = high,                                                                              \
     .help = text}
#define MIEN_TEXT_OPTION(values, member, long_name, short_letter, holder, what, text)              \
    {.name = long_name,                                                                            \
     .letter = short_letter,                                                                       \
     .type = MIEN_OPTION_TEXT,                                                                     \
     .offset = offsetof(values, member),                                                           \
     .placeholder = holder,                                                                        \
     .kind = what,                                                                                 \
     .help = text}
#define MIEN_CHOICE_OPTION(values, member, long_name, short_letter, holder, list, text)            \
    {.name = long_name,                                                                            \
     .letter = short_letter,                                                                       \
     .type = MIEN_OPTION_CHOICE,                                                                   \
     .offset = offsetof(values, member),                                                           \
     .placeholder = holder,                                                                        \
     .choices = list,                                                                              \
     .help = text}
#define MIEN_LIST_OPTION(values, member, long_name, short_letter, holder, what, text)              \
    {.name = long_name,                                                                            \
     .letter = short_letter,                                                                       \
     .type = MIEN_OPTION_LIST,                                                                     \
     .offset = offsetof(values, member),                                                           \
     .placeholder = holder,                                                                        \
     .kind = what,                                                                                 \
     .help = text}

typedef struct mien_arguments mien_arguments;

typedef struct mien_example {
    const char *line; ///< "mien predict face.png"
    const char *what; ///< "What the default model sees"
} mien_example;

typedef struct mien_command {
    const char *name;     ///< "predict"
    const char *summary;  ///< one line, no full stop
    const char *operands; ///< as in the usage line, "PICTURE..."; "" when there are none
    size_t fewest, most;  ///< how many operands; SIZE_MAX: any number
    mien_argument_kind operand_kind;
    const char *const *operand_choices; ///< NULL-terminated; NULL: free
    const char *description;            ///< paragraphs, an empty line between; NULL: none
    const mien_option *options;
    size_t option_count;
    size_t values_size; ///< of the struct that the options' offsets point into
    const mien_example *examples;
    size_t example_count;
    int (*run)(const mien_arguments *arguments); ///< returns the exit code
} mien_command;

/// A parsed command line. Strings live until mien_arguments_free().
struct mien_arguments {
    const mien_command *command;
    void *values; ///< the command's struct
    const char *const *operands;
    size_t operand_count;
    bool help; ///< --help was given; nothing else was checked
    struct mien_argument_pool *pool;
};

/// Parses `arguments_in` (without the command's name) as `command` describes: values in range,
/// choices known, as many operands as it takes. On success free `arguments` with
/// mien_arguments_free(). Errors: MIEN_INVALID_ARGUMENT (wrong usage: names the option, what is
/// wrong and what would be right), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_arguments_parse(const mien_command *command, int count,
                                                 char *const *arguments_in,
                                                 mien_arguments *arguments, mien_error *error);

/// Frees the members and zeroes the struct.
void mien_arguments_free(mien_arguments *arguments);

#endif
