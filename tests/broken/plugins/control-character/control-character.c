// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: summary holds a control character
#include "../fixture.h"

BROKEN("control-character", plugin.summary = "a\x1b[31mred");
