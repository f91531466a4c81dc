// SPDX-License-Identifier: Apache-2.0
// One table per command: parsing, --help, the man page and completion all follow it.
#include "host/cli/completion.h"
#include "host/cli/help.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bool loud;
    int64_t count;
    double share;
    const char *name;
    int colour;
    mien_text_list files;
} values;

static const char *const colours[] = {"red", "green", "blue", NULL};
static const mien_option options[] = {
    MIEN_FLAG_OPTION(values, loud, "loud", 'l', "says more"),
    MIEN_INTEGER_OPTION(values, count, "count", 'n', "N", "3", 1, 10, "how many"),
    MIEN_NUMBER_OPTION(values, share, "share", 's', "SHARE", NULL, 0, 1, "how much"),
    MIEN_TEXT_OPTION(values, name, "name", 0, "NAME", MIEN_ARGUMENT_MODEL, "who"),
    MIEN_CHOICE_OPTION(values, colour, "colour", 'c', "COLOUR", colours, "which"),
    MIEN_LIST_OPTION(values, files, "file", 'f', "FILE", MIEN_ARGUMENT_FILE, "with what"),
};
static const mien_command command = {
    .name = "paint",
    .summary = "Paint a fence",
    .operands = "FENCE...",
    .fewest = 1,
    .most = 2,
    .operand_kind = MIEN_ARGUMENT_FOLDER,
    .description = "A first paragraph.\n\n.dots and 'quotes' begin this \\ one.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
};

static mien_arguments arguments;
static mien_error error;

/// Splits at spaces and parses; the words live in `line`.
static mien_status parse(const char *text) {
    static char line[256];
    static char *words[16];
    int count = 0;
    snprintf(line, sizeof line, "%s", text);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    error = (mien_error)MIEN_ERROR_INIT;
    return mien_arguments_parse(&command, count, words, &arguments, &error);
}

static void refuse(const char *text, const char *message) {
    ck_assert_int_eq(parse(text), MIEN_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, message);
}

START_TEST(defaults_stand_where_nothing_is_given) {
    ck_assert_int_eq(parse("fence"), MIEN_OK);
    const values *got = arguments.values;
    ck_assert(!got->loud);
    ck_assert_int_eq(got->count, 3);
    ck_assert_double_eq(got->share, 0);
    ck_assert_ptr_null(got->name);
    ck_assert_int_eq(got->colour, 0);
    ck_assert_uint_eq(got->files.count, 0);
    ck_assert_uint_eq(arguments.operand_count, 1);
    ck_assert_str_eq(arguments.operands[0], "fence");
    mien_arguments_free(&arguments);
}
END_TEST

START_TEST(every_type_is_stored) {
    ck_assert_int_eq(parse("-l a --count=7 -s 0.25 --name wren --colour blue -f x --file y -f=z -"),
                     MIEN_OK);
    const values *got = arguments.values;
    ck_assert(got->loud);
    ck_assert_int_eq(got->count, 7);
    ck_assert_double_eq(got->share, 0.25);
    ck_assert_str_eq(got->name, "wren");
    ck_assert_int_eq(got->colour, 2);
    ck_assert_uint_eq(got->files.count, 3);
    ck_assert_str_eq(got->files.items[1], "y");
    ck_assert_ptr_null(got->files.items[3]);
    ck_assert_uint_eq(arguments.operand_count, 2);
    ck_assert_str_eq(arguments.operands[1], "-");
    mien_arguments_free(&arguments);
}
END_TEST

START_TEST(what_follows_two_dashes_is_an_operand) {
    ck_assert_int_eq(parse("-- --loud -n"), MIEN_OK);
    ck_assert(!((const values *)arguments.values)->loud);
    ck_assert_uint_eq(arguments.operand_count, 2);
    ck_assert_str_eq(arguments.operands[0], "--loud");
    mien_arguments_free(&arguments);
}
END_TEST

START_TEST(help_needs_no_operands) {
    ck_assert_int_eq(parse("--help"), MIEN_OK);
    ck_assert(arguments.help);
    mien_arguments_free(&arguments);
    ck_assert_int_eq(parse("-h --count 99"), MIEN_OK);
    ck_assert(arguments.help);
    mien_arguments_free(&arguments);
}
END_TEST

START_TEST(wrong_usage_says_what_would_be_right) {
    refuse("", "FENCE... is missing");
    refuse("a b c", "'c' is not expected after FENCE...");
    refuse("a --cuont 2", "there is no option --cuont; did you mean --count?");
    refuse("a --zebra", "there is no option --zebra");
    refuse("a -z", "there is no option -z");
    refuse("a --count", "--count needs a value after it");
    refuse("a --loud=1", "--loud takes no value");
    refuse("a -n 0", "--count takes a whole number from 1 to 10, not '0'");
    refuse("a -n 11", "--count takes a whole number from 1 to 10, not '11'");
    refuse("a -n 3.5", "--count takes a whole number from 1 to 10, not '3.5'");
    refuse("a -n 99999999999999999999", "--count takes a whole number from 1 to 10, not "
                                        "'99999999999999999999'");
    refuse("a -s nan", "--share takes a number from 0 to 1, not 'nan'");
    refuse("a -c gren", "--colour takes one of red, green, blue, not 'gren'; did you mean green?");
    refuse("a -c 7", "--colour takes one of red, green, blue, not '7'");
}
END_TEST

/// What a writer writes; static.
static char *captured(void (*write)(FILE *)) {
    static char text[16384];
    FILE *file = fmemopen(text, sizeof text, "w");
    write(file);
    fclose(file);
    return text;
}

static void write_help(FILE *file) {
    mien_help_write(file, &command);
}

static void write_manual(FILE *file) {
    const mien_command *const commands[] = {&command};
    mien_manual_write(file, commands, 1);
}

START_TEST(help_names_every_option_in_eighty_columns) {
    const char *text = captured(write_help);
    for (size_t i = 0; i < command.option_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s", options[i].name);
        ck_assert_msg(strstr(text, name) && strstr(text, options[i].help), "%s", text);
    }
    ck_assert_ptr_nonnull(strstr(text, "Usage: mien paint [OPTION]... FENCE...\n"));
    ck_assert_ptr_nonnull(strstr(text, "how many (from 1 to 10; default 3)"));
    ck_assert_ptr_nonnull(strstr(text, "which (red, green, blue; default red)"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        ck_assert_uint_le(strcspn(line, "\n"), 80);
    }
}
END_TEST

START_TEST(the_manual_escapes_what_troff_would_obey) {
    const char *text = captured(write_manual);
    ck_assert_ptr_nonnull(strstr(text, "\\fB\\-n\\fR, \\fB\\-\\-count\\fR \\fIN\\fR"));
    ck_assert_ptr_nonnull(strstr(text, "\n\\&.dots and 'quotes' begin this \\e one.\n"));
    ck_assert_int_eq(strncmp(text, ".TH mien 1", 10), 0);
}
END_TEST

static void offer_names(mien_argument_kind kind, mien_offer offer, void *context) {
    if (kind == MIEN_ARGUMENT_MODEL) {
        offer(context, "wren", "a bird");
        offer(context, "yew", "");
    }
}

static char typed[8][64];
static int typed_count;

static void write_completion(FILE *file) {
    char *words[8];
    for (int i = 0; i < typed_count; i++) {
        words[i] = typed[i];
    }
    mien_complete(file, &command, typed_count, words, offer_names);
}

static void complete(const char *first, const char *second, const char *third, const char *answer) {
    const char *const given[] = {first, second, third};
    typed_count = 0;
    for (size_t i = 0; i < 3 && given[i]; i++) {
        snprintf(typed[typed_count++], sizeof typed[0], "%s", given[i]);
    }
    ck_assert_str_eq(captured(write_completion), answer);
}

START_TEST(completion_follows_the_table) {
    complete("--co", NULL, NULL, "--count\thow many\n--colour\twhich\n");
    complete("--colour", "", NULL, "red\ngreen\nblue\n");
    complete("-c", "g", NULL, "green\n");
    complete("--colour=b", NULL, NULL, "--colour=blue\n");
    complete("--colour", "=", "b", "blue\n"); // as bash splits it
    complete("--colour", "=", NULL, "red\ngreen\nblue\n");
    complete("--name", "w", NULL, "wren\ta bird\n");
    complete("--file", "x", NULL, ":files\n");
    complete("--loud", "x", NULL, ":folders\n"); // a flag takes no value: an operand
    complete("--he", NULL, NULL, "--help\tthis text\n");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_test(tests, defaults_stand_where_nothing_is_given);
    tcase_add_test(tests, every_type_is_stored);
    tcase_add_test(tests, what_follows_two_dashes_is_an_operand);
    tcase_add_test(tests, help_needs_no_operands);
    tcase_add_test(tests, wrong_usage_says_what_would_be_right);
    tcase_add_test(tests, help_names_every_option_in_eighty_columns);
    tcase_add_test(tests, the_manual_escapes_what_troff_would_obey);
    tcase_add_test(tests, completion_follows_the_table);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
