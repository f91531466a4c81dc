// SPDX-License-Identifier: Apache-2.0
// expected: needs libmien.so.99; this host has plugin ABI 1.0, build it against this version of
// Mien
#include "../fixture.h"

int absent_function(void);

BROKEN("needs-newer-mien", (void)absent_function());
