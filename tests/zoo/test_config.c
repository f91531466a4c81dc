// SPDX-License-Identifier: Apache-2.0
// A plugin's configuration: defaults, settings, types, ranges, and the nearest key in messages.
#include "zoo/config.h"
#include "zoo/nearest.h"
#include "zoo/scalar.h"

#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const pools[] = {"mean", "token", NULL};
static const mien_config_key keys[] = {
    MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "18",
                    .minimum = 2, .maximum = 152, .help = "Layers."),
    MIEN_CONFIG_KEY(.name = "dropout", .type = MIEN_CONFIG_NUMBER, .default_text = "0.25",
                    .minimum = 0, .maximum = 0.9, .help = "Rate."),
    MIEN_CONFIG_KEY(.name = "bias", .type = MIEN_CONFIG_BOOLEAN, .default_text = "true",
                    .help = "Bias."),
    MIEN_CONFIG_KEY(.name = "pool", .type = MIEN_CONFIG_TEXT, .default_text = "mean",
                    .choices = pools, .help = "Pooling."),
    MIEN_CONFIG_KEY(.name = "note", .type = MIEN_CONFIG_TEXT, .default_text = "",
                    .help = "Free text."),
    MIEN_CONFIG_KEY(.name = "widths", .type = MIEN_CONFIG_INTEGERS, .default_text = "[32, 64]",
                    .minimum = 1, .maximum = 512, .help = "Widths."),
    MIEN_CONFIG_KEY(.name = "seed", .type = MIEN_CONFIG_INTEGER, .default_text = "-9000000000",
                    .help = "Any integer."),
};
static const mien_plugin plugin = {
    .size = sizeof plugin,
    .name = "example",
    .config_keys = keys,
    .config_key_count = sizeof keys / sizeof keys[0],
    .input = &(const mien_input_spec){
        .size = sizeof(mien_input_spec), .height = 48, .width = 40, .channels = 1}};

static mien_config *create(void) {
    mien_config *config = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_config_create(&plugin, NULL, 7, &config, &error) == MIEN_OK, "%s",
                  error.message);
    return config;
}

START_TEST(defaults_and_input) {
    mien_config *const config = create();
    int64_t widths[3] = {0};
    ck_assert_int_eq(mien_config_integer(config, "depth"), 18);
    ck_assert_double_eq(mien_config_number(config, "dropout"), 0.25);
    ck_assert(mien_config_boolean(config, "bias"));
    ck_assert_str_eq(mien_config_text(config, "pool"), "mean");
    ck_assert_str_eq(mien_config_text(config, "note"), "");
    ck_assert_uint_eq(mien_config_integers(config, "widths", widths, 3), 2);
    ck_assert_int_eq(widths[1], 64);
    ck_assert_int_eq(mien_config_integer(config, "seed"), -9000000000);
    ck_assert_uint_eq(mien_config_classes(config), 7);
    ck_assert_uint_eq(mien_config_input_height(config), 48);
    ck_assert_uint_eq(mien_config_input_width(config), 40);
    ck_assert_uint_eq(mien_config_input_channels(config), 1);
    mien_config_free(config);
}
END_TEST

START_TEST(settings_replace_defaults) {
    mien_config *const config = create();
    int64_t widths[2] = {0};
    ck_assert_int_eq(mien_config_set(config, "widths", "[ 5 ,6, 7]", NULL), MIEN_OK);
    ck_assert_uint_eq(mien_config_integers(config, "widths", widths, 2), 3);
    ck_assert_int_eq(widths[0], 5);
    ck_assert_int_eq(widths[1], 6);
    ck_assert_int_eq(mien_config_set(config, "widths", "[]", NULL), MIEN_OK);
    ck_assert_uint_eq(mien_config_integers(config, "widths", NULL, 0), 0);
    ck_assert_int_eq(mien_config_set(config, "bias", "false", NULL), MIEN_OK);
    ck_assert(!mien_config_boolean(config, "bias"));
    ck_assert_int_eq(mien_config_set(config, "pool", "token", NULL), MIEN_OK);
    ck_assert_str_eq(mien_config_text(config, "pool"), "token");
    ck_assert_int_eq(mien_config_set(config, "dropout", "9e-1", NULL), MIEN_OK);
    ck_assert_str_eq(mien_config_value_text(config, "dropout"), "9e-1");
    mien_config_free(config);
}
END_TEST

START_TEST(wrong_settings_change_nothing) {
    static const struct {
        const char *key, *text, *message;
    } cases[] = {
        {"detph", "18", "unknown key \"detph\"; did you mean \"depth\"?"},
        {"zzzzzzzz", "1", "unknown key \"zzzzzzzz\"; `mien inspect` lists plugin example's"},
        {"depth", "153", "depth is 153; it must be from 2 to 152"},
        {"depth", "1.5", "depth is \"1.5\"; it must be an integer (the default is 18)"},
        {"depth", "99999999999999999999", "it must be an integer"},
        {"depth", "", "it must be an integer"},
        {"dropout", "nan", "dropout is \"nan\"; it must be a number"},
        {"dropout", "1e999", "it must be a number"},
        {"dropout", "0x1", "it must be a number"},
        {"bias", "yes", "bias is \"yes\"; it must be true or false"},
        {"pool", "max", "pool is \"max\"; it must be one of mean, token"},
        {"widths", "32", "widths is \"32\"; it must be a list of integers"},
        {"widths", "[32, 0]", "widths is 0; it must be from 1 to 512"},
        {"widths", "[1,,2]", "it must be a list of integers"},
        {"widths", "[1, a]", "it must be a list of integers"},
        {"widths", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
         "widths has more than 32 entries"},
    };
    mien_config *const config = create();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_msg(mien_config_set(config, cases[i].key, cases[i].text, &error) ==
                          MIEN_BAD_INPUT,
                      "%s = %s", cases[i].key, cases[i].text);
        ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
    }
    ck_assert_int_eq(mien_config_integer(config, "depth"), 18);
    ck_assert_uint_eq(mien_config_integers(config, "widths", NULL, 0), 2);
    mien_config_free(config);
}
END_TEST

START_TEST(numbers_do_not_depend_on_the_locale) {
    double number;
    // Where the locale is not installed, setlocale changes nothing and the test is weaker.
    setlocale(LC_ALL, "de_DE.UTF-8");
    ck_assert(mien_scalar_number("0.5", &number));
    ck_assert_double_eq(number, 0.5);
    ck_assert(!mien_scalar_number("0,5", &number));
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(edit_distances) {
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {{"", "", 0},
                 {"abc", "", 3},
                 {"plugin", "plugni", 1},
                 {"kitten", "sitting", 3},
                 {"classes", "clases", 1},
                 {"a", "b", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_uint_eq(mien_edit_distance(cases[i].a, cases[i].b), cases[i].distance);
        ck_assert_uint_eq(mien_edit_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    char long_word[200];
    memset(long_word, 'x', 199);
    long_word[199] = '\0';
    ck_assert_uint_eq(mien_edit_distance(long_word, "x"), 199);
}
END_TEST

static Suite *suite(void) {
    Suite *const config = suite_create("config");
    TCase *const values = tcase_create("values");
    tcase_add_test(values, defaults_and_input);
    tcase_add_test(values, settings_replace_defaults);
    tcase_add_test(values, wrong_settings_change_nothing);
    tcase_add_test(values, numbers_do_not_depend_on_the_locale);
    tcase_add_test(values, edit_distances);
    suite_add_tcase(config, values);
    return config;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
