// SPDX-License-Identifier: Apache-2.0
// expected: plugin key-default-out-of-range's own default: depth is 99; it must be from 1 to 50
#include "../fixture.h"

BROKEN_KEY("key-default-out-of-range",
           MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "99",
                           .minimum = 1, .maximum = 50, .help = "Layers."));
