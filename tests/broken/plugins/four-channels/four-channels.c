// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input has 4 channels; it must have 1 or 3
#include "../fixture.h"

BROKEN("four-channels", spec.channels = 4);
