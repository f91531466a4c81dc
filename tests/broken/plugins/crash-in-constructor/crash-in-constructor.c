// SPDX-License-Identifier: Apache-2.0
// expected: crashed (Bus error) while it was being linked, before mien_plugin_entry (a constructor,
// or a damaged file)
#include "../fixture.h"

#include <signal.h>

__attribute__((constructor)) static void crash(void) {
    raise(SIGBUS);
}

BROKEN("crash-in-constructor", (void)0);
