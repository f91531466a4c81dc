// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input is 8×1073741824; each side must be from 1 to 4096
#include "../fixture.h"

BROKEN("huge-width", spec.width = 1u << 30);
