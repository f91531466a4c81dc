// SPDX-License-Identifier: Apache-2.0
// expected: crashed (Segmentation fault) in mien_plugin_entry
#include "../fixture.h"

#include <signal.h>

BROKEN("crash-in-entry", raise(SIGSEGV));
