// SPDX-License-Identifier: Apache-2.0
#include "host/cli/options.h"

#include "zoo/nearest.h"
#include "zoo/scalar.h"

#include <popt.h>
#include <stdlib.h>
#include <string.h>

/// What popt hands back for --help; options have their index plus FIRST_OPTION.
enum { HELP_VALUE = 1, FIRST_OPTION = 2 };

/// What the parsed values point into.
struct mien_argument_pool {
    poptContext context;
    struct poptOption *table;
    char **strings; ///< values popt gave away, and the items of lists
    size_t string_count;
    const char **argv;
    const char ***lists; ///< item arrays of LIST options, one entry an option, NULL where none
};

static struct poptOption *make_popt_table(const mien_command *command) {
    struct poptOption *table = calloc(command->option_count + 2, sizeof *table);
    if (!table) {
        return NULL;
    }
    for (size_t i = 0; i < command->option_count; i++) {
        const mien_option *option = &command->options[i];
        table[i].longName = option->name;
        table[i].shortName = option->letter;
        table[i].argInfo = option->type == MIEN_OPTION_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING;
        table[i].val = (int)i + FIRST_OPTION;
    }
    table[command->option_count].longName = "help";
    table[command->option_count].shortName = 'h';
    table[command->option_count].val = HELP_VALUE;
    return table;
}

static struct mien_argument_pool *create_pool(const mien_command *command, int count,
                                              char *const *arguments_in) {
    struct mien_argument_pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        return NULL;
    }
    pool->table = make_popt_table(command);
    pool->lists = (const char ***)calloc(command->option_count + 1, sizeof *pool->lists);
    pool->strings = (char **)calloc((size_t)count + 1, sizeof *pool->strings);
    pool->argv = (const char **)calloc((size_t)count + 2, sizeof *pool->argv);
    if (pool->table && pool->lists && pool->strings && pool->argv) {
        pool->argv[0] = command->name;
        for (int i = 0; i < count; i++) {
            pool->argv[i + 1] = arguments_in[i];
        }
        pool->context = poptGetContext(command->name, count + 1, pool->argv, pool->table, 0);
    }
    return pool;
}

static void free_pool(struct mien_argument_pool *pool, size_t option_count) {
    if (!pool) {
        return;
    }
    if (pool->context) {
        poptFreeContext(pool->context);
    }
    for (size_t i = 0; i < pool->string_count; i++) {
        free(pool->strings[i]);
    }
    for (size_t i = 0; pool->lists && i < option_count; i++) {
        free((void *)pool->lists[i]);
    }
    free((void *)pool->lists);
    free((void *)pool->strings);
    free((void *)pool->argv);
    free(pool->table);
    free(pool);
}

void mien_arguments_free(mien_arguments *arguments) {
    if (arguments->command) {
        free_pool(arguments->pool, arguments->command->option_count);
        free(arguments->values);
    }
    *arguments = (mien_arguments){0};
}

static mien_status fail_range(const mien_option *option, const char *text, mien_error *error) {
    const char *what = option->type == MIEN_OPTION_INTEGER ? "a whole number" : "a number";
    if (option->minimum == option->maximum) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "--%s takes %s, not '%s'", option->name,
                         what, text);
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT, "--%s takes %s from %.15g to %.15g, not '%s'",
                     option->name, what, option->minimum, option->maximum, text);
}

static bool in_range(const mien_option *option, double value) {
    return option->minimum == option->maximum ||
           (value >= option->minimum && value <= option->maximum);
}

static mien_status fail_choice(const mien_option *option, const char *text, mien_error *error) {
    char known[512] = "";
    mien_nearest nearest = {.word = text};
    for (size_t i = 0; option->choices[i]; i++) {
        mien_nearest_offer(&nearest, option->choices[i]);
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ", option->choices[i]);
    }
    if (nearest.best) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--%s takes one of %s, not '%s'; did you mean %s?", option->name, known,
                         text, nearest.best);
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT, "--%s takes one of %s, not '%s'", option->name,
                     known, text);
}

static mien_status store_choice(const mien_option *option, const char *text, int *value,
                                mien_error *error) {
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            *value = i;
            return MIEN_OK;
        }
    }
    return fail_choice(option, text, error);
}

static mien_status store_item(mien_arguments *arguments, size_t index, const char *text,
                              mien_error *error) {
    mien_text_list *list =
        (mien_text_list *)((char *)arguments->values + arguments->command->options[index].offset);
    size_t bytes = (list->count + 2) * sizeof *list->items;
    const char **items = (const char **)realloc((void *)list->items, bytes);
    if (!items) {
        return mien_fail_memory(error, "the command line");
    }
    items[list->count++] = text;
    items[list->count] = NULL;
    list->items = items;
    arguments->pool->lists[index] = items;
    return MIEN_OK;
}

/// Stores one value, given or default. `text` is NULL for flags.
static mien_status store(mien_arguments *arguments, size_t index, const char *text,
                         mien_error *error) {
    const mien_option *option = &arguments->command->options[index];
    void *member = (char *)arguments->values + option->offset;
    int64_t whole;
    double number;
    switch (option->type) {
    case MIEN_OPTION_FLAG:
        *(bool *)member = true;
        return MIEN_OK;
    case MIEN_OPTION_INTEGER:
        if (!mien_scalar_integer(text, &whole) || !in_range(option, (double)whole)) {
            return fail_range(option, text, error);
        }
        *(int64_t *)member = whole;
        return MIEN_OK;
    case MIEN_OPTION_NUMBER:
        if (!mien_scalar_number(text, &number) || !in_range(option, number)) {
            return fail_range(option, text, error);
        }
        *(double *)member = number;
        return MIEN_OK;
    case MIEN_OPTION_TEXT:
        *(const char **)member = text;
        return MIEN_OK;
    case MIEN_OPTION_CHOICE:
        return store_choice(option, text, (int *)member, error);
    case MIEN_OPTION_LIST:
        return store_item(arguments, index, text, error);
    }
    return mien_fail(error, MIEN_INTERNAL, "--%s has no type", option->name);
}

static mien_status store_defaults(mien_arguments *arguments, mien_error *error) {
    for (size_t i = 0; i < arguments->command->option_count; i++) {
        const char *initial = arguments->command->options[i].initial;
        if (initial) {
            mien_status status = store(arguments, i, initial, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
    }
    return MIEN_OK;
}

/// What is wrong with an argument that popt refuses.
static mien_status fail_option(const mien_command *command, poptContext context, int code,
                               mien_error *error) {
    const char *given = poptBadOption(context, POPT_BADOPTION_NOALIAS);
    char bad[64];
    snprintf(bad, sizeof bad, "%.*s", (int)strcspn(given, "="), given);
    if (code == POPT_ERROR_NOARG) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%s needs a value after it", bad);
    }
    if (code == POPT_ERROR_UNWANTEDARG) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%s takes no value", bad);
    }
    if (code != POPT_ERROR_BADOPT) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%s: %s", bad, poptStrerror(code));
    }
    if (strncmp(bad, "--", 2) == 0) {
        mien_nearest nearest = {.word = bad + 2};
        for (size_t i = 0; i < command->option_count; i++) {
            mien_nearest_offer(&nearest, command->options[i].name);
        }
        if (nearest.best) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "there is no option %s; did you mean --%s?", bad, nearest.best);
        }
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT, "there is no option %s", bad);
}

static mien_status read_options(mien_arguments *arguments, mien_error *error) {
    struct mien_argument_pool *pool = arguments->pool;
    int code;
    while ((code = poptGetNextOpt(pool->context)) > 0) {
        if (code == HELP_VALUE) {
            arguments->help = true;
            return MIEN_OK;
        }
        char *text = poptGetOptArg(pool->context);
        if (text) {
            pool->strings[pool->string_count++] = text;
        }
        mien_status status = store(arguments, (size_t)(code - FIRST_OPTION), text, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return code == -1 ? MIEN_OK : fail_option(arguments->command, pool->context, code, error);
}

static mien_status read_operands(mien_arguments *arguments, mien_error *error) {
    const mien_command *command = arguments->command;
    const char **operands = poptGetArgs(arguments->pool->context);
    size_t count = 0;
    while (operands && operands[count]) {
        count++;
    }
    arguments->operands = operands;
    arguments->operand_count = count;
    if (count < command->fewest) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%s is missing", command->operands);
    }
    if (count > command->most && command->most == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "'%s' is not expected: only options are",
                         operands[0]);
    }
    if (count > command->most) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "'%s' is not expected after %s",
                         operands[command->most], command->operands);
    }
    return MIEN_OK;
}

static mien_status check_operand_choices(const mien_arguments *arguments, mien_error *error) {
    const char *const *choices = arguments->command->operand_choices;
    if (!choices) {
        return MIEN_OK;
    }
    for (size_t i = 0; i < arguments->operand_count; i++) {
        char known[256] = "";
        bool found = false;
        for (size_t j = 0; choices[j]; j++) {
            found = found || strcmp(choices[j], arguments->operands[i]) == 0;
            size_t used = strlen(known);
            snprintf(known + used, sizeof known - used, "%s%s", j == 0 ? "" : ", ", choices[j]);
        }
        if (!found) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "%s is one of %s, not '%s'",
                             arguments->command->operands, known, arguments->operands[i]);
        }
    }
    return MIEN_OK;
}

mien_status mien_arguments_parse(const mien_command *command, int count, char *const *arguments_in,
                                 mien_arguments *arguments, mien_error *error) {
    *arguments = (mien_arguments){.command = command};
    arguments->values = calloc(1, command->values_size ? command->values_size : 1);
    arguments->pool = create_pool(command, count, arguments_in);
    mien_status status;
    if (!arguments->values || !arguments->pool || !arguments->pool->context) {
        status = mien_fail_memory(error, "the command line");
        goto done;
    }
    status = store_defaults(arguments, error);
    if (status == MIEN_OK) {
        status = read_options(arguments, error);
    }
    if (status == MIEN_OK && !arguments->help) {
        status = read_operands(arguments, error);
    }
    if (status == MIEN_OK && !arguments->help) {
        status = check_operand_choices(arguments, error);
    }
done:
    if (status != MIEN_OK) {
        mien_arguments_free(arguments);
    }
    return status;
}
