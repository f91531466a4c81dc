// SPDX-License-Identifier: Apache-2.0
// Gates, tolerances and tables as they are read, good ones and bad.
#include "host/cli/baseline.h"
#include "host/cli/csv_table.h"
#include "support/folder.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(gates_are_read) {
    static const struct {
        const char *text;
        size_t figure;
        mien_figure_part part;
        mien_gate_relation relation;
        double limit;
    } good[] = {
        {"accuracy < 0.85", MIEN_FIGURE_ACCURACY, MIEN_PART_VALUE, MIEN_GATE_LESS, 0.85},
        {" log_loss>=1e-1 ", MIEN_FIGURE_LOG_LOSS, MIEN_PART_VALUE, MIEN_GATE_AT_LEAST, 0.1},
        {"macro_f1_low<=.5", MIEN_FIGURE_MACRO_F1, MIEN_PART_LOW, MIEN_GATE_AT_MOST, 0.5},
        {"brier_high\t> 2", MIEN_FIGURE_BRIER, MIEN_PART_HIGH, MIEN_GATE_MORE, 2},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        mien_gate gate;
        ck_assert_int_eq(mien_gate_parse(good[i].text, &gate, NULL), MIEN_OK);
        ck_assert_uint_eq(gate.figure, good[i].figure);
        ck_assert_int_eq(gate.part, good[i].part);
        ck_assert_int_eq(gate.relation, good[i].relation);
        ck_assert_double_eq_tol(gate.limit, good[i].limit, 1e-15);
    }
}
END_TEST

START_TEST(bad_gates_say_what_is_wrong) {
    static const char *const bad[][2] = {
        {"", "no figure"},
        {"< 1", "no figure"},
        {"accuracy", "no relation"},
        {"accuracy = 1", "no relation"},
        {"accuracy != 1", "no relation"},
        {"accuracy << 1", "no number"},
        {"accuracy < ", "no number"},
        {"accuracy < 1 %", "no number"},
        {"accuracy < nan", "no number"},
        {"accuracy < inf", "no number"},
        {"accuracy < 1e999", "no number"},
        {"p95_mss > 1", "there is no figure \"p95_mss\"; did you mean \"p95_ms\"?"},
        {"p95_ms_low > 1", "there is no figure \"p95_ms_low\""}, // has no interval
        {"entirely_different > 1", "There are accuracy, balanced_accuracy"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mien_gate gate;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(mien_gate_parse(bad[i][0], &gate, &error), MIEN_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, bad[i][1]), "'%s': %s", bad[i][0], error.message);
    }
}
END_TEST

START_TEST(gates_stop_what_they_name_and_what_is_not_known) {
    static const struct {
        mien_gate_relation relation;
        bool below, at, above;
    } expected[] = {{MIEN_GATE_LESS, true, false, false},
                    {MIEN_GATE_AT_MOST, true, true, false},
                    {MIEN_GATE_MORE, false, false, true},
                    {MIEN_GATE_AT_LEAST, false, true, true}};
    for (size_t i = 0; i < 4; i++) {
        const mien_gate gate = {.relation = expected[i].relation, .limit = 1};
        ck_assert_int_eq(mien_gate_stops(&gate, 0.5), expected[i].below);
        ck_assert_int_eq(mien_gate_stops(&gate, 1), expected[i].at);
        ck_assert_int_eq(mien_gate_stops(&gate, 1.5), expected[i].above);
        ck_assert(mien_gate_stops(&gate, (double)NAN));
    }
}
END_TEST

START_TEST(tolerances_are_read) {
    mien_tolerance tolerance;
    ck_assert_int_eq(mien_tolerance_parse("log_loss=0.25", &tolerance, NULL), MIEN_OK);
    ck_assert_uint_eq(tolerance.figure, MIEN_FIGURE_LOG_LOSS);
    ck_assert(!tolerance.relative && fabs(tolerance.amount - 0.25) < 1e-15);
    ck_assert_int_eq(mien_tolerance_parse("5%", &tolerance, NULL), MIEN_OK);
    ck_assert_uint_eq(tolerance.figure, MIEN_FIGURE_ACCURACY);
    ck_assert(tolerance.relative && fabs(tolerance.amount - 0.05) < 1e-15);
    static const char *const bad[] = {
        "",           "accuracy",     "accuracy=",      "accuracy=-1",
        "accuracy=x", "=1",           "accuracy=1%%",   "accuracy=nan",
        "speed=1",    "accuracy=1 %", "accuracy_low=1", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(mien_tolerance_parse(bad[i], &tolerance, NULL) == MIEN_INVALID_ARGUMENT, "%s",
                      bad[i]);
    }
}
END_TEST

// --- Tables --------------------------------------------------------------------------------------

static char *folder;

static mien_status read_table(const char *text, size_t size, mien_csv **table, mien_error *error) {
    char path[512];
    write_file(folder, "table.csv", text, size);
    snprintf(path, sizeof path, "%s/table.csv", folder);
    return mien_csv_read(path, table, error);
}

START_TEST(what_is_written_is_read) {
    static const char *const texts[] = {"plain", "a,b", "say \"so\"", "two\nlines", "", "\r\n"};
    enum { COUNT = sizeof texts / sizeof *texts };
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    fputs("name,value\n", file);
    for (size_t i = 0; i < COUNT; i++) {
        mien_csv_put_text(file, texts[i]);
        mien_csv_put_number(file, i == 1 ? (double)NAN : (double)i / 3);
        fputc('\n', file);
    }
    fclose(file);
    mien_csv *table;
    ck_assert_int_eq(read_table(text, size, &table, NULL), MIEN_OK);
    ck_assert_uint_eq(mien_csv_rows(table), COUNT);
    ck_assert_int_eq(mien_csv_column(table, "value"), 1);
    ck_assert_int_eq(mien_csv_column(table, "Value"), MIEN_CSV_NO_COLUMN);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_str_eq(mien_csv_field(table, i, 0), texts[i]);
    }
    ck_assert_str_eq(mien_csv_field(table, 1, 1), "");
    ck_assert_str_eq(mien_csv_field(table, 2, 1), "0.6666667");
    ck_assert_str_eq(mien_csv_field(table, 3, 1), "1");
    mien_csv_free(table);
    free(text);
}
END_TEST

START_TEST(line_ends_may_be_any_or_none) {
    mien_csv *table;
    ck_assert_int_eq(read_table("a,b\r\n1,2\n3,", 11, &table, NULL), MIEN_OK);
    ck_assert_uint_eq(mien_csv_rows(table), 2);
    ck_assert_str_eq(mien_csv_field(table, 0, 1), "2");
    ck_assert_str_eq(mien_csv_field(table, 1, 1), "");
    mien_csv_free(table);
}
END_TEST

START_TEST(broken_tables_are_refused) {
    static const struct {
        const char *text;
        size_t size;
        const char *message;
    } bad[] = {{"", 0, "is empty"},
               {"a,b\n1\n", 6, "table.csv:2: has 1 fields, where 2 are expected"},
               {"a\n\"x\ny\n", 7, "table.csv:2: a quoted field has no end"},
               {"a\n\"x\"y\n", 7, "table.csv:2: text follows a quoted field"},
               {"a\n\"x\ny\",1\n", 10, "table.csv:2: has 2 fields, where 1"},
               {"a\n1\0", 4, "zero bytes"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mien_csv *table = NULL;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_int_eq(read_table(bad[i].text, bad[i].size, &table, &error), MIEN_BAD_INPUT);
        ck_assert_msg(strstr(error.message, bad[i].message), "%zu: %s", i, error.message);
        ck_assert_ptr_null(table);
    }
    mien_csv *table = NULL;
    ck_assert_int_eq(mien_csv_read(folder, &table, NULL), MIEN_BAD_INPUT);
    ck_assert_int_eq(mien_csv_read("/absent/table.csv", &table, NULL), MIEN_NOT_FOUND);
}
END_TEST

static void set_up(void) {
    folder = make_folder();
}

static void tear_down(void) {
    remove_folder(folder);
}

int main(void) {
    Suite *suite = suite_create("gates");
    TCase *gates = tcase_create("gates");
    tcase_add_test(gates, gates_are_read);
    tcase_add_test(gates, bad_gates_say_what_is_wrong);
    tcase_add_test(gates, gates_stop_what_they_name_and_what_is_not_known);
    tcase_add_test(gates, tolerances_are_read);
    suite_add_tcase(suite, gates);
    TCase *tables = tcase_create("tables");
    tcase_add_checked_fixture(tables, set_up, tear_down);
    tcase_add_test(tables, what_is_written_is_read);
    tcase_add_test(tables, line_ends_may_be_any_or_none);
    tcase_add_test(tables, broken_tables_are_refused);
    suite_add_tcase(suite, tables);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
