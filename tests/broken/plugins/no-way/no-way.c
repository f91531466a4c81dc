// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: has neither build nor open, run and close; set one way
#include "../fixture.h"

BROKEN("no-way", plugin.build = NULL);
