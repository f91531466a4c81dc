// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: summary is NULL; it is required
#include "../fixture.h"

BROKEN("null-summary", plugin.summary = NULL);
