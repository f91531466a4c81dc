// SPDX-License-Identifier: Apache-2.0
// Every operator against the naive reference in double precision, on random shapes and options.
// A case that fails names itself; its dice make the same case again.
#include "support/random_operators.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASES = 24, MAX_BATCH = 5 };

static void check_case(const struct random_operator *operator, uint32_t number) {
    char label[64];
    snprintf(label, sizeof label, "%s %u", operator->name, number);
    struct seeded_dice d = {label, 0};
    const mien_plan plan = seeded_between(&d, 0, 1) ? MIEN_PLAN_FAST : MIEN_PLAN_SMALL;
    const uint32_t threads = seeded_between(&d, 1, 2);
    twin_net net = twin_open(seeded_between(&d, 1, MAX_BATCH));
    const twin last = operator->declare(&net, &d);
    twin_check(&net, last, MIEN_SESSION_OPTIONS(.plan = plan), threads, operator->tolerance, label);
    twin_close(&net);
}

START_TEST(test_operator_matches_the_naive_reference) {
    for (uint32_t number = 0; number < CASES; number++) {
        check_case(&random_operators[_i], number);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("operators on random shapes");
    TCase *cases = tcase_create("operators");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, test_operator_matches_the_naive_reference, 0,
                        (int)random_operator_count);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
