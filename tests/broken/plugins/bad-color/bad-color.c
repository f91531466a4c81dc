// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input.color or input.resize is outside its enum
#include "../fixture.h"

BROKEN("bad-color", spec.color = (mien_color)77);
