// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input.mean[1] is not a number
#include "../fixture.h"

BROKEN("nan-mean", spec.mean[1] = __builtin_nanf(""));
