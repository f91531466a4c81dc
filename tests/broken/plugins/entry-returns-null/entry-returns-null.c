// SPDX-License-Identifier: Apache-2.0
// expected: refuses this host's plugin ABI 1.0; build it against this version of Mien
#include "../fixture.h"

BROKEN("entry-returns-null", return NULL);
