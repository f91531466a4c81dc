// SPDX-License-Identifier: Apache-2.0
// expected: did not come back within 10 s in mien_plugin_entry
#include "../fixture.h"

static volatile int for_ever = 1;

BROKEN("loop-in-entry", while (for_ever){});
