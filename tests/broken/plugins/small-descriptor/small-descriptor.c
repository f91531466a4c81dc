// SPDX-License-Identifier: Apache-2.0
// expected: descriptor says it has 104 bytes; ABI 1.0 has 120, set size to sizeof(mien_plugin)
#include "../fixture.h"

BROKEN("small-descriptor", plugin.size = offsetof(mien_plugin, close));
