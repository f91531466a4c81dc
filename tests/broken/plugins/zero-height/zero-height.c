// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input is 0×8; each side must be from 1 to 4096
#include "../fixture.h"

BROKEN("zero-height", spec.height = 0);
