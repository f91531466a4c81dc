// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input is NULL; it is required, say what pictures the network was trained
// on
#include "../fixture.h"

BROKEN("no-input", plugin.input = NULL);
