// SPDX-License-Identifier: Apache-2.0
// expected: needs the library libmien-absent.so, which is not found; install it, or
// link the plugin with an rpath to its folder
#include "../fixture.h"

int absent_function(void);

BROKEN("needs-library", (void)absent_function());
