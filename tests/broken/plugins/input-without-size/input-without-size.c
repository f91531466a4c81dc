// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input.size is 0; set it to sizeof(mien_input_spec), 56
#include "../fixture.h"

BROKEN("input-without-size", spec.size = 0);
