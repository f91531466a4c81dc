// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: name is NULL; it is required
#include "../fixture.h"

BROKEN("null-name", plugin.name = NULL);
