// SPDX-License-Identifier: Apache-2.0
/// @file
/// Every operator, declared with random shapes and options: the same dice, the same case.
#ifndef TESTS_SUPPORT_RANDOM_OPERATORS_H
#define TESTS_SUPPORT_RANDOM_OPERATORS_H

#include "support/seeded.h"
#include "support/twin.h"

struct random_operator {
    const char *name;
    twin (*declare)(twin_net *net, struct seeded_dice *dice);
    double tolerance; ///< of its values: largest difference over the largest output
};

extern const struct random_operator random_operators[];
extern const size_t random_operator_count;

#endif
