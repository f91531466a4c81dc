// SPDX-License-Identifier: Apache-2.0
/// @file
/// The cases of tests/reference/operators.py, declared again; the two are kept alike.
#ifndef TESTS_SUPPORT_CASES_H
#define TESTS_SUPPORT_CASES_H

#include "support/twin.h"

struct operator_case {
    const char *name;
    twin (*declare)(twin_net *net);
};

extern const struct operator_case operator_cases[];
extern const size_t operator_case_count;

#endif
