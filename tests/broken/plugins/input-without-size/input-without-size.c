// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input.size is 0; it must be sizeof(mien_input_spec), 56
#include "../fixture.h"

BROKEN("input-without-size", plugin.input.size = 0);
