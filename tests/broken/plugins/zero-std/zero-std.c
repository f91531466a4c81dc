// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input.std[2] is 0; it must be a number other than 0
#include "../fixture.h"

BROKEN("zero-std", spec.std[2] = 0);
