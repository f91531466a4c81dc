// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: id is NULL; it is required
#include "../fixture.h"

BROKEN("null-id", plugin.id = NULL);
