// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: license is empty; it is required
#include "../fixture.h"

BROKEN("empty-license", plugin.license = "");
