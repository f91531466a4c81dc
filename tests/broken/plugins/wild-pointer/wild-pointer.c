// SPDX-License-Identifier: Apache-2.0
// expected: crashed (Segmentation fault) while its descriptor was read (a pointer in it is not
// valid)
#include "../fixture.h"

BROKEN("wild-pointer", plugin.summary = (const char *)(uintptr_t)8);
