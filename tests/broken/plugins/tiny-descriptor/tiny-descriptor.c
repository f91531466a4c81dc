// SPDX-License-Identifier: Apache-2.0
// expected: descriptor says it has 4 bytes; set size to sizeof(mien_plugin)
#include "../fixture.h"

BROKEN("tiny-descriptor", plugin.size = 4);
