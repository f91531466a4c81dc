// SPDX-License-Identifier: Apache-2.0
// Every operator against outputs made by torch (tests/reference/operators.py), on the plans that a
// session offers; and the naive references against the same, since other tests lean on them.
#include "support/cases.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 2 };

// Largest difference over the largest output. Direct sums of float32 stay under the first; the
// second is for Winograd's transforms, whose constants cost a few more bits.
static const double tolerance = 1e-5, winograd_tolerance = 1e-4;

static mien_weights *open_fixture(void) {
    char path[4096];
    mien_weights *fixture = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/tests/fixtures/reference/operators.safetensors",
             getenv("MIEN_SOURCE"));
    ck_assert_msg(mien_weights_open(path, NULL, &fixture, &error) == MIEN_OK, "%s", error.message);
    return fixture;
}

/// torch's output of a case, in double; free() it.
static double *expected_of(const mien_weights *fixture, const char *name, size_t count) {
    const mien_tensor *tensor = mien_weights_find(fixture, name);
    ck_assert_msg(tensor != NULL, "the fixture has no %s: run tests/reference/operators.py", name);
    ck_assert_uint_eq(tensor->bytes, count * sizeof(float));
    double *expected = malloc(count * sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < count; i++) {
        expected[i] = ((const float *)tensor->data)[i];
    }
    return expected;
}

static void check_case(const struct operator_case *operator, mien_plan plan, uint32_t threads,
                       double allowed) {
    twin_net net = twin_open(BATCH);
    const twin last = operator->declare(&net);
    const size_t count = BATCH * naive_elements(last.value);
    float *values = twin_run(&net, last, MIEN_SESSION_OPTIONS(.plan = plan), threads);
    mien_weights *fixture = open_fixture();
    double *expected = expected_of(fixture, operator->name, count);
    const double error = twin_error(values, expected, count);
    ck_assert_msg(error <= allowed,
                  "%s differs from torch by %.3g of its largest output", operator->name, error);
    free(expected);
    mien_weights_close(fixture);
    free(values);
    twin_close(&net);
}

START_TEST(test_fast_plan_matches_torch) {
    check_case(&operator_cases[_i], MIEN_PLAN_FAST, 1, winograd_tolerance);
}
END_TEST

START_TEST(test_small_plan_matches_torch) {
    check_case(&operator_cases[_i], MIEN_PLAN_SMALL, 2, tolerance);
}
END_TEST

START_TEST(test_naive_reference_matches_torch) {
    const struct operator_case *operator= & operator_cases[_i];
    twin_net net = twin_open(BATCH);
    const twin last = operator->declare(&net);
    const size_t count = BATCH * naive_elements(last.value);
    mien_weights *fixture = open_fixture();
    double *expected = expected_of(fixture, operator->name, count);
    float *values = malloc(count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)last.value->data[i];
    }
    const double error = twin_error(values, expected, count);
    ck_assert_msg(error <= 2e-6,
                  "%s: the naive reference differs from torch by %.3g", operator->name, error);
    free(values);
    free(expected);
    mien_weights_close(fixture);
    twin_close(&net);
}
END_TEST

START_TEST(test_fixture_holds_these_cases_alone) {
    mien_weights *fixture = open_fixture();
    ck_assert_uint_eq(mien_weights_count(fixture), operator_case_count);
    mien_weights_close(fixture);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("operators against torch");
    TCase *cases = tcase_create("cases");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, test_fixture_holds_these_cases_alone);
    tcase_add_loop_test(cases, test_naive_reference_matches_torch, 0, (int)operator_case_count);
    tcase_add_loop_test(cases, test_small_plan_matches_torch, 0, (int)operator_case_count);
    tcase_add_loop_test(cases, test_fast_plan_matches_torch, 0, (int)operator_case_count);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
