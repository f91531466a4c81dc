// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: name "Bad Name" may hold lower-case letters, digits and hyphens only
#include "../fixture.h"

BROKEN("bad-name", plugin.name = "Bad Name");
