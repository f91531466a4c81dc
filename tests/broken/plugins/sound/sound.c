// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

BROKEN("sound", (void)0);
