// SPDX-License-Identifier: Apache-2.0
// expected: calls itself "something-else"; a file of that plugin is named something-else.so
#include "../fixture.h"

BROKEN("another-name", plugin.name = "something-else");
