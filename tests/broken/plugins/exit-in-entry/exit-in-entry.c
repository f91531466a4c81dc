// SPDX-License-Identifier: Apache-2.0
// expected: ended the process (exit 7) in mien_plugin_entry
#include "../fixture.h"

#include <stdlib.h>

BROKEN("exit-in-entry", exit(7));
