// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: input has one channel; its color must be MIEN_GRAY
#include "../fixture.h"

BROKEN("one-channel-rgb", spec.channels = 1);
