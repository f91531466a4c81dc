// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input.crop_fraction is 2; it must be from 0 to 1
#include "../fixture.h"

BROKEN("bad-crop", spec.crop_fraction = 2);
