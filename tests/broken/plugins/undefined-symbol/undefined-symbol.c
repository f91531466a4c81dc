// SPDX-License-Identifier: Apache-2.0
// expected: uses the symbol nobody_defines_this, which neither libmien nor the plugin's libraries
// have; link it with -Wl,-z,defs to see this at build
#include "../fixture.h"

int nobody_defines_this(void);

BROKEN("undefined-symbol", (void)nobody_defines_this());
