// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input is NULL
#include "../fixture.h"

BROKEN("no-input", plugin.input = NULL);
